// Defaults to the cluster of this checkout's stack. Imported for its effect, before the verifier.
import { chosenKubeconfig } from "../clusters/own-kubeconfig";

const args = process.argv.slice(2);
// commands/bootstrap/run.mjs starts tasks in the checkout.
const { file, whose } = chosenKubeconfig({ folder: process.cwd(), stack: process.env.PULUMI_STACK ?? "dev" }, args);
if (file !== undefined) process.env.KUBECONFIG = file;
if (whose !== undefined && !args.includes("--quiet")) process.stderr.write(`cluster: ${whose}\n`);
