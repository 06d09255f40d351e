import type { V1Deployment, V1Pod, V2HorizontalPodAutoscaler } from "@kubernetes/client-node" with {
  "resolution-mode": "import",
};
import * as yaml from "yaml";
import { readKubeconfig } from "../../lib/kubernetes/kubeconfig";
import { findProcess } from "../../sandbox/lifecycle/node-process";
import { sandboxFolder } from "../../sandbox/lifecycle/registry";
import { Unmeasurable } from "../../verify/common/errors";
import { defaultOptions, type KubernetesTarget } from "../../verify/options";
import { Cluster } from "../../verify/targets/cluster";
import { Ways } from "../../verify/targets/kubernetes/ways";
import { ApiFailure, type Kind, type NamespaceApi } from "../../verify/targets/namespace-api";
import { UserError } from "../main";
import { type PinList, readPins } from "./pins";
import { lookWay, redisRows, redisWay } from "./redis";
import { addressRows, reasonIn, type Row, rowsOf, stackRow, unknownRows, verdictRow } from "./rows";
import { settingOf, type StackFacts } from "./stack";
import { autoscalerRow, gatewayRows, replicaRows } from "./workload";

const gatewayName = "plano";

/** The stack's namespace as the verifier takes it. */
function targetOf(stack: StackFacts, kubeconfig: string): KubernetesTarget & { readonly kubeconfig: string } {
  const namespace = stack.outputs.namespace ?? settingOf(stack, "namespace") ?? defaultOptions.target.namespace;
  return { ...defaultOptions.target, kubeconfig, namespace };
}

/** Lists a stack's pins. @throws Unmeasurable, UsageError, UserError saying why they cannot be seen */
export async function lookAtPins(stack: StackFacts, kubeconfig: string, signal: AbortSignal): Promise<PinList> {
  const target = targetOf(stack, kubeconfig);
  const { sandbox } = clusterOf(kubeconfig, settingOf(stack, "cluster"));
  if (stack.outputs.namespace === undefined || (sandbox !== undefined && (await isStopped(sandbox))))
    throw new UserError(`the stack ${stack.name} is not running\n→ npm start brings it back`);
  using client = await Cluster.connect(target, signal);
  await using ways = new Ways(client);
  const way = await redisWay(client, ways, target.namespace);
  return await readPins({ ...way, lookUrl: await lookWay(client, way) }, signal);
}

/** A request to a sandbox whose processes have ended would wait for its limit. */
const isStopped = async (sandbox: string): Promise<boolean> => (await findProcess(sandboxFolder(sandbox))) === undefined;

/** Looks at a stack; what cannot be seen says why. Changes nothing. */
export async function look(stack: StackFacts, kubeconfig: string, signal: AbortSignal): Promise<readonly Row[]> {
  const now = new Date();
  const target = targetOf(stack, kubeconfig);
  const rows = await lookAtCluster(target, stack, now, signal);
  return [stackRow(stack, target.namespace, now), ...rows, verdictRow(stack, now), ...addressRows(stack.outputs)];
}

async function lookAtCluster(
  target: KubernetesTarget & { readonly kubeconfig: string },
  stack: StackFacts,
  now: Date,
  signal: AbortSignal,
): Promise<readonly Row[]> {
  const { sandbox, words } = clusterOf(target.kubeconfig, settingOf(stack, "cluster"));
  const nothing = (said: string, why: string, mood: "bad" | "good" = "bad"): readonly Row[] => [
    ["cluster", `${words}${said}`, mood],
    ...unknownRows(why, "gateway", "replicas", "autoscaler", "Redis", "pins"),
  ];
  if (sandbox !== undefined && (await isStopped(sandbox)))
    return nothing(": stopped; npm start starts it again", "the cluster is stopped");
  const nothingFor =
    (why: string) =>
    (error: unknown): readonly Row[] =>
      nothing(`: ${reasonIn(error)}`, why);
  const opened = await Cluster.connect(target, signal).catch(nothingFor("the cluster cannot be asked"));
  if (!(opened instanceof Cluster)) return opened;
  using client = opened;
  const { api } = client;
  const version = await api.version().catch(nothingFor("the cluster does not answer"));
  if (typeof version !== "string") return version;
  const runs = `, runs Kubernetes ${version}`;
  if (stack.outputs.namespace === undefined) return nothing(runs, "not on the cluster; npm start brings it back", "good");
  const [pods, gateway, ...rows] = await Promise.all([
    api.list<V1Pod>("Pod", { labelSelector: target.selector }).catch(() => []),
    rowsOf(
      async () => gatewayRows(await named<V1Deployment>(api, "Deployment"), settingOf(stack, "planoVersion")),
      "gateway",
      "replicas",
    ),
    rowsOf(async () => [autoscalerRow(await named<V2HorizontalPodAutoscaler>(api, "HorizontalPodAutoscaler"))], "autoscaler"),
    rowsOf(
      async () => {
        await using ways = new Ways(client);
        return await redisRows(await redisWay(client, ways, target.namespace));
      },
      "Redis",
      "pins",
    ),
  ]);
  return [["cluster", `${words}${runs}`, "good"], ...gateway, ...replicaRows(pods, now), ...rows.flat()];
}

async function named<T>(api: NamespaceApi, kind: Kind): Promise<T> {
  return api.get<T>(kind, gatewayName).catch((error: unknown) => {
    if (error instanceof ApiFailure && error.status === 404) throw new Unmeasurable(`there is no ${kind} ${gatewayName}`);
    throw error;
  });
}

/**
 * The cluster of a kubeconfig in words; the name of the context tells its kind.
 * @param setting the key `cluster` of the stack
 * @returns `sandbox`: the name of one
 */
export function clusterOf(
  kubeconfig: string,
  setting: string | undefined,
): { readonly sandbox?: string; readonly words: string } {
  const { context, server } = readKubeconfig(yaml, { content: kubeconfig });
  const [, kind, name] = /^(plano-affinity|kind)-(.+)$/.exec(context) ?? [];
  if (name === undefined || setting === "existing") return { words: `existing cluster, context ${context} at ${server}` };
  if (kind === "kind") return { words: `kind ${name} at ${server}` };
  return { sandbox: name, words: `sandbox ${name} at ${server}` };
}
