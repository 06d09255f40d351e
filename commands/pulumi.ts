import { ownerOf } from "../clusters/own-kubeconfig";
import { stackName } from "../clusters/project-name";
import { type Progress, streamProgress } from "../lib/progress";
import { listSandboxes } from "../sandbox/lifecycle/registry";
import { ensureSandbox } from "../sandbox/lifecycle/sandbox";
import { interruption, projectFolder, runTask } from "./main";
import { pulumiEnvironment, readArguments, runPulumi } from "./pulumi-environment";

/** `npm run pulumi -- …`: Pulumi itself, found or built, with the checkout's own backend where none was chosen. */
runTask(async (args) => {
  const [progress, signal] = [streamProgress(process.stderr), interruption()];
  const environment = await pulumiEnvironment(progress, signal);
  const { stack = stackName(), refreshes } = readArguments(args);
  if (refreshes) await startSandbox(stack, progress, signal);
  return runPulumi(environment, args);
});

/**
 * Starts the sandbox of a stack, if it has one. Pulumi's own provider decides once whether a cluster can be reached, before
 * the program could start it, and takes all that is in it for gone otherwise.
 */
async function startSandbox(stack: string, progress: Progress, signal: AbortSignal): Promise<void> {
  const who = ownerOf({ folder: projectFolder, stack });
  const own = (await listSandboxes()).find((it) => it.owner === who.owner && it.ownerFolder === who.ownerFolder);
  if (own !== undefined) await ensureSandbox({ name: own.name, ...who }, progress, signal);
}
