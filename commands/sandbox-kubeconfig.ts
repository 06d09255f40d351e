// Defaults to the cluster of this checkout's stack. Imported for its effect, before the verifier.
import { chosenKubeconfig } from "../clusters/own-kubeconfig";
import { stackName } from "../clusters/project-name";

const args = process.argv.slice(2);
try {
  // commands/bootstrap/run.mjs starts tasks in the checkout.
  const { file, whose } = chosenKubeconfig({ folder: process.cwd(), stack: stackName() }, args);
  if (file !== undefined) process.env.KUBECONFIG = file;
  if (whose !== undefined && !args.includes("--quiet")) process.stderr.write(`cluster: ${whose}\n`);
} catch (error) {
  process.stderr.write(`the stack of this checkout cannot be read: ${(error as Error).message}\n`);
  // No verdict: Node.js' own exit code would be one.
  process.exit(3);
}
