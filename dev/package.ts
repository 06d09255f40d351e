import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { projectFolder, runTask } from "../commands/main";
import { makePackage } from "../verify/build/package";

/** `npm pack -w plano-affinity` runs this first, as `prepack`. Says nothing, so that `npm pack --json` prints JSON only. */
runTask(async () => {
  await makePackage();
  // npm packs the licence of the package's own folder only.
  await copyFile(join(projectFolder, "LICENSE"), join(projectFolder, "verify", "LICENSE"));
  return 0;
});
