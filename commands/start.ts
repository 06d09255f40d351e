import { run } from "../lib/command";
import { streamProgress } from "../lib/progress";
import { ensureTools } from "../sandbox/toolchain/ensure";
import { sandboxTools } from "../sandbox/toolchain/tools";
import { chooseCluster, thisMachine } from "../clusters/choose";
import { configuredCluster, ownerOf } from "../clusters/own-kubeconfig";
import { stackName } from "../clusters/project-name";
import { type AffinityOutput, pulumiText, type StackOutputs } from "./status/stack";
import { interruption, projectFolder, runTask, UserError } from "./main";
import { pulumiEnvironment, type PulumiEnvironment, requirePassphrase, runPulumi } from "./pulumi-environment";

/** The stack that `npm start` brings up; the settings in `Pulumi.<stack>.yaml` are its own. */
const stack = stackName();

/** `npm start`: the tools, the stack, the proof, and the addresses to open. */
runTask(async (args) => {
  if (args.length > 0) throw new UserError(`npm start does not know ${args.join(" ")}; it takes no options`);
  const progress = streamProgress(process.stderr);
  const signal = interruption();
  const checkout = { folder: projectFolder, stack };
  const { cluster, clusterName } = configuredCluster(checkout);
  const kind = await chooseCluster(cluster, thisMachine(clusterName, ownerOf(checkout)));
  if (kind === "sandbox") await ensureTools(["pulumi", ...sandboxTools], progress, signal);
  if (kind === "kind") await ensureTools(["kind"], progress, signal);
  const environment = await pulumiEnvironment(progress, signal);
  const { pulumi, env, plugins } = environment;
  requirePassphrase(env);
  progress.info(
    plugins === "official"
      ? " ✓ Pulumi with its official plugins"
      : " ✓ Pulumi with this project's minimal plugins (the official ones could not be downloaded)",
  );
  await run(pulumi, ["stack", "select", "--create", stack], { cwd: projectFolder, env, signal });
  const code = await runPulumi(environment, ["up", "--yes", "--skip-preview", "--suppress-outputs", "--stack", stack]);
  if (code === 0) process.stdout.write(await summary(environment, signal));
  return code;
});

async function summary({ pulumi, env }: PulumiEnvironment, signal: AbortSignal): Promise<string> {
  const text = await pulumiText({ pulumi, env }, projectFolder, ["stack", "output", "--json", "--stack", stack], signal);
  const { affinity, gatewayUrl, jaegerUrl, gatewayHint, jaegerHint } = JSON.parse(text) as StackOutputs & {
    readonly affinity: AffinityOutput;
  };
  const lines = [
    "",
    `Affinity: ${affinity.verdict}, ${affinity.sessions.length} sessions on ${affinity.replicas.length} replicas${affinity.gateway === "standin" ? " of the stand-in gateway" : ""}.`,
    "",
    `  gateway  ${gatewayUrl ?? "(no address yet)"}`,
    ...(jaegerUrl === undefined ? [] : [`  Jaeger   ${jaegerUrl}`]),
    ...[gatewayHint, jaegerHint].filter((it) => it !== undefined && it !== "").map((hint) => `  first run: ${hint}`),
    "",
    "Look around:  npm run status   npm run open",
    "Take it down: npm run pulumi -- destroy --yes   or, to keep the cluster: npm run down",
    "",
  ];
  return lines.join("\n");
}
