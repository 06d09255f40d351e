import Table from "cli-table3";
import { run } from "../sandbox/common/command";
import { streamProgress } from "../sandbox/common/progress";
import { ensureTools } from "../sandbox/toolchain/ensure";
import { sandboxTools } from "../sandbox/toolchain/tools";
import { chooseCluster, thisMachine } from "../clusters/choose";
import { configuredCluster } from "../clusters/own-kubeconfig";
import { interruption, runTask } from "./main";
import { projectFolder, pulumiEnvironment, type PulumiEnvironment } from "./pulumi-environment";
import { runPulumi } from "./pulumi-run";

/** The stack that `npm start` brings up; the settings in `Pulumi.<stack>.yaml` are its own. */
const stack = process.env.PULUMI_STACK ?? "dev";

/** `npm start`: the tools, the stack, the proof, and the addresses to open. */
runTask(async () => {
  const progress = streamProgress(process.stderr);
  const signal = interruption();
  const { cluster, clusterName } = configuredCluster({ folder: projectFolder, stack });
  const who = { owner: `plano-affinity/${stack}`, ownerFolder: projectFolder };
  const kind = await chooseCluster(cluster, thisMachine(clusterName, who));
  if (kind === "sandbox") await ensureTools(["kubernetes", "pulumi", ...sandboxTools.slice(1)], progress, signal);
  if (kind === "kind") await ensureTools(["kind"], progress, signal);
  const environment = await pulumiEnvironment(progress, signal);
  const { pulumi, env, plugins } = environment;
  progress.info(
    plugins === "official"
      ? " ✓ Pulumi with its official plugins"
      : " ✓ Pulumi with this project's minimal plugins (the official ones could not be downloaded)",
  );
  await run(pulumi, ["stack", "select", "--create", stack], { cwd: projectFolder, env, signal });
  const code = await runPulumi(environment, ["up", "--yes", "--skip-preview", "--suppress-outputs", "--stack", stack]);
  if (code === 0) process.stdout.write(await summary(environment));
  return code;
});

interface Outputs {
  readonly gatewayUrl?: string;
  readonly jaegerUrl?: string;
  readonly gatewayHint?: string;
  readonly jaegerHint?: string;
  readonly namespace: string;
  readonly affinity: {
    readonly verdict: string;
    readonly gateway: string;
    readonly replicas: readonly string[];
    readonly sessions: readonly {
      readonly id: string;
      readonly verdict: string;
      readonly model: string | null;
      readonly replicas: readonly string[];
    }[];
  };
}

async function summary({ pulumi, env }: PulumiEnvironment): Promise<string> {
  const text = await run(pulumi, ["stack", "output", "--json", "--stack", stack], { cwd: projectFolder, env });
  const { affinity, gatewayUrl, jaegerUrl, gatewayHint, jaegerHint } = JSON.parse(text) as Outputs;
  const plain = { head: [], border: [] };
  const sessions = new Table({ head: ["session", "pinned on", "read on", "model", "verdict"], style: plain });
  for (const it of affinity.sessions) {
    const [writer, ...readers] = it.replicas;
    sessions.push([it.id, writer ?? "", [...new Set(readers)].join("\n"), it.model ?? "", it.verdict]);
  }
  const lines = [
    "",
    sessions.toString(),
    `Affinity: ${affinity.verdict}, ${affinity.sessions.length} sessions on ${affinity.replicas.length} replicas${affinity.gateway === "standin" ? " of the stand-in gateway" : ""}.`,
    "",
    `  gateway  ${gatewayUrl ?? "(no address yet)"}`,
    `  Jaeger   ${jaegerUrl ?? "(no address yet)"}`,
    ...[gatewayHint, jaegerHint].filter((it) => it !== undefined && it !== "").map((hint) => `  first run: ${hint}`),
    "",
    "Look around: npm run pulumi -- stack output    Take it all down: npm run pulumi -- destroy --yes, or keep the cluster: npm run down",
    "",
  ];
  return lines.join("\n");
}
