import { cp, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { projectFolder } from "../../commands/main";
import { bundleProgram, prepared } from "../../images/bundled";
import { run } from "../../lib/command";
import { standinImage } from "../../standin/image";
import { declarationsOf } from "../../verify/build/package";

const dist = join(projectFolder, "dist");

/**
 * Makes the `dist/` of the package `plano-affinity-stack` anew: the components as JavaScript with their types, the files that
 * they read, and the stand-in's programs. They lie as in the checkout, so that they find each other the same way.
 * @throws Error with the compiler's messages
 */
export async function makeStackPackage(): Promise<void> {
  await rm(dist, { recursive: true, force: true });
  await run(process.execPath, [require.resolve("typescript/bin/tsc"), "-p", join(__dirname, "tsconfig.json")]);
  await writeFile(join(dist, "index.d.ts"), await declarationsOf("components/index.ts"));
  for (const room of ["components", "settings"])
    for (const file of await readdir(join(projectFolder, room), { recursive: true, withFileTypes: true })) {
      const path = join(file.parentPath, file.name);
      if (file.isFile() && !/\.ts$|[/]testing[/]/.test(path)) await cp(path, path.replace(projectFolder, dist));
    }
  await mkdir(join(dist, "programs"));
  for (const program of Object.keys(standinImage.files) as (keyof typeof standinImage.files)[])
    await writeFile(prepared(program, dist), await bundleProgram(program));
}
