import { parseArgs } from "node:util";
import { projectName, stackName } from "../clusters/project-name";
import { type Progress, streamProgress } from "../lib/progress";
import { listSandboxes } from "../sandbox/lifecycle/registry";
import { ensureSandbox } from "../sandbox/lifecycle/sandbox";
import { interruption, projectFolder, runTask } from "./main";
import { pulumiEnvironment, runPulumi } from "./pulumi-environment";

/** `npm run pulumi -- …`: Pulumi itself, found or built, with the checkout's own backend where none was chosen. */
runTask(async (args) => {
  const [progress, signal] = [streamProgress(process.stderr), interruption()];
  const environment = await pulumiEnvironment(progress, signal);
  const options = { stack: { type: "string", short: "s" }, refresh: { type: "boolean", short: "r" } } as const;
  const { values, positionals } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true });
  const refreshes = values.refresh === true || positionals[0] === "refresh";
  if (refreshes) await startSandbox(typeof values.stack === "string" ? values.stack : stackName(), progress, signal);
  return runPulumi(environment, args);
});

/**
 * Starts the sandbox of a stack, if it has one. Pulumi's own provider decides once whether a cluster can be reached, before
 * the program could start it, and takes all that is in it for gone otherwise.
 */
async function startSandbox(stack: string, progress: Progress, signal: AbortSignal): Promise<void> {
  const who = { owner: `${projectName(projectFolder)}/${stack}`, ownerFolder: projectFolder };
  const own = (await listSandboxes()).find((it) => it.owner === who.owner && it.ownerFolder === who.ownerFolder);
  if (own !== undefined) await ensureSandbox({ name: own.name, ...who }, progress, signal);
}
