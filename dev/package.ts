import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { projectFolder, runTask } from "../commands/main";
import { makePackage } from "../verify/build/package";
import { makeStackPackage } from "./package/stack";

/**
 * `npm pack` runs this first, as `prepack`, with `stack` for the components and without for the verifier. Says nothing, so
 * that `npm pack --json` prints JSON only.
 */
runTask(async ([what]) => {
  if (what === "stack") {
    await makeStackPackage();
    return 0;
  }
  await makePackage();
  // npm packs the licence of the package's own folder only.
  await copyFile(join(projectFolder, "LICENSE"), join(projectFolder, "verify", "LICENSE"));
  return 0;
});
