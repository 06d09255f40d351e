import { makePackage } from "../packaging/package";
import { runTask } from "./main";

/** `npm pack` runs this first, as the script `prepack`. Says nothing, so that `npm pack --json` prints JSON only. */
runTask(async () => {
  await makePackage();
  return 0;
});
