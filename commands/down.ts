import { join } from "node:path";
import { stackName } from "../clusters/project-name";
import { run } from "../lib/command";
import { temporaryFolder, writeWhole } from "../lib/files";
import { streamProgress } from "../lib/progress";
import { interruption, projectFolder, runTask } from "./main";
import { pulumiEnvironment, type PulumiEnvironment, readArguments, runPulumi } from "./pulumi-environment";
import { type ExportedStack, withoutStaleOutputs } from "./stale-outputs";

/** The component that holds the cluster; Pulumi also keeps its children and what it depends on. */
const cluster = "**plano-affinity:index:Cluster**";

/** `npm run down -- [options of pulumi destroy]`: removes all that the stack has put on the cluster, and keeps the cluster. */
runTask(async (args) => {
  const environment = await pulumiEnvironment(streamProgress(process.stderr), interruption());
  // The stack of `npm start`, unless another is named.
  const named = readArguments(args).stack;
  const stack = named ?? stackName();
  const chosen = named === undefined ? ["--stack", stack] : [];
  const code = await runPulumi(environment, ["destroy", "--exclude", cluster, "--suppress-outputs", ...chosen, ...args]);
  if (code !== 0 || !(await forgetOutputs(environment, stack))) return code;
  process.stdout.write("The cluster is kept: npm start brings the stack back. With the cluster: npm run pulumi -- destroy\n");
  return 0;
});

/** Removes stale outputs of the stack. @returns whether there were any */
async function forgetOutputs({ pulumi, env }: PulumiEnvironment, stack: string): Promise<boolean> {
  const exported = await run(pulumi, ["stack", "export", "--stack", stack], { cwd: projectFolder, env });
  const fixed = withoutStaleOutputs(JSON.parse(exported) as ExportedStack);
  if (fixed === undefined) return false;
  await using folder = await temporaryFolder("plano-affinity-");
  const file = join(folder.path, "stack.json");
  await writeWhole(file, JSON.stringify(fixed), { mode: 0o600 });
  await run(pulumi, ["stack", "import", "--file", file, "--stack", stack], { cwd: projectFolder, env });
  return true;
}
