import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bundle, projectFolder } from "./bundle";
import { thirdPartyLicences } from "./licences";

/**
 * Makes what `npm pack` puts into the package, anew in `folder`: the command line `plano-affinity.mjs`, its chunks, and
 * the licences of what is compiled into them.
 */
export async function makePackage(folder = join(projectFolder, "dist")): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  const made = await bundle({ "plano-affinity": "packaging/plano-affinity.ts" }, folder);
  await writeFile(join(folder, "THIRD-PARTY-LICENCES.txt"), thirdPartyLicences(made));
}
