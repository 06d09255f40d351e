import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bundle, projectFolder } from "./bundle";
import { thirdPartyLicences } from "./licences";

/**
 * Makes the `dist/` of `npm pack` anew: the command line `plano-affinity.mjs`, the module `index.mjs` with its types,
 * their chunks, and the licences of what is compiled into them.
 *
 * @throws Error with the compiler's messages when a source cannot be compiled, or a bundled package names no licence
 */
export async function makePackage(folder = join(projectFolder, "verify", "dist")): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  const made = await bundle({ "plano-affinity": "verify/build/plano-affinity.ts", index: "verify/build/api.ts" }, folder);
  await writeFile(join(folder, "index.d.mts"), await declarationsOf("verify/build/api.ts"));
  await writeFile(join(folder, "THIRD-PARTY-LICENCES.txt"), thirdPartyLicences(made));
}

/** The types of a module and of all that it uses, as one declaration file that needs nothing but `@types/node`. */
async function declarationsOf(source: string): Promise<string> {
  // It loads TypeScript, which nothing else here needs.
  const { generateDtsBundle } = await import("dts-bundle-generator");
  const entry = { filePath: join(projectFolder, source), output: { noBanner: true, exportReferencedTypes: false } };
  const [declarations = ""] = generateDtsBundle([entry], { preferredConfigPath: join(projectFolder, "tsconfig.json") });
  return declarations;
}
