import type { V1ContainerStatus, V1Pod, V1ReplicaSet, V1StatefulSet } from "@kubernetes/client-node" with {
  "resolution-mode": "import",
};
import type { ClusterClient } from "../client";

/** Lines of a container's log that go into an error. */
const LOG_LINES = 10;
/** A registry may fail once: only an image that still cannot be pulled after this time is given up. */
const IMAGE_PATIENCE_MS = 20_000;
/** A container may wait for another to start: after this many restarts it is given up. */
const MAX_RESTARTS = 3;

/** Reasons that do not go away with time. */
const HOPELESS_REASONS: ReadonlySet<string> = new Set(["ErrImageNeverPull", "InvalidImageName"]);
const PULL_REASONS: ReadonlySet<string> = new Set(["ImagePullBackOff", "ErrImagePull", "RegistryUnavailable"]);

/** What is looked at of a pod. */
export type PodWithStatus = Pick<V1Pod, "metadata" | "status">;

/** What is wrong with a pod. */
interface PodProblem {
  /** `pod web-1: container web is in CrashLoopBackOff (exit code 1)`. */
  readonly text: string;
  readonly hopeless: boolean;
  /** Whose log lines may say more; undefined where no container has run. */
  readonly container?: { readonly namespace?: string; readonly pod: string; readonly name: string; readonly restarted: boolean };
}

/** The pods that a controller made. */
export async function podsOf(
  client: ClusterClient,
  { metadata, spec }: V1ReplicaSet | V1StatefulSet,
): Promise<readonly PodWithStatus[]> {
  const labels = Object.entries(spec?.selector.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const all = { apiVersion: "v1", kind: "Pod", namespace: metadata?.namespace };
  const pods = (await client.list(all, { labelSelector: labels.join() })) as readonly PodWithStatus[];
  return pods.filter((pod) => isOwnedBy(pod, metadata));
}

export function isOwnedBy(object: Pick<V1Pod, "metadata">, owner: V1Pod["metadata"]): boolean {
  return (object.metadata?.ownerReferences ?? []).some(({ uid }) => uid === owner?.uid);
}

/** What a condition says of itself. */
export function saidOf({ message, reason }: { readonly message?: string; readonly reason?: string }): string {
  return message ?? reason ?? "without a reason";
}

/** The first thing that keeps a pod from running; undefined for one that runs, or is on its way. */
export function podProblem({ metadata, status }: PodWithStatus, elapsedMs: number): PodProblem | undefined {
  const { name: pod = "", namespace } = metadata ?? {};
  for (const container of [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]) {
    const problem = containerProblem(container, elapsedMs);
    if (problem === undefined) continue;
    const { name, restartCount, containerID } = container;
    const restarted = restartCount > 0;
    const ran = restarted || containerID !== undefined;
    const text = `pod ${pod}: container ${name} ${problem.text}`;
    return { ...problem, text, container: ran ? { namespace, pod, name, restarted } : undefined };
  }
  const unscheduled = status?.conditions?.find((it) => it.type === "PodScheduled" && it.status === "False");
  return unscheduled && { text: `pod ${pod}: not scheduled: ${saidOf(unscheduled)}`, hopeless: false };
}

/** What helps against an image that cannot be pulled, by what the registry or the way to it said. */
function pullRemedy(message: string): string {
  if (/unauthorized|authorization failed|access denied|pull access|403|401|denied|insufficient_scope/i.test(message))
    return "a private registry wants credentials: pulumi config set --secret imagePullConfig … (content of Docker's config.json)";
  if (/not found|manifest unknown|NotFound/i.test(message))
    return "the registry has no such image: look at the setting that names it (image, planoVersion), or pulumi up --refresh to push it anew";
  return "let the nodes reach the registry, or push the images to one that they reach: pulumi config set registry …";
}

/** What is wrong with a container. Kubernetes leaves out counters that are zero. */
function containerProblem(
  { state, lastState, restartCount: restarts = 0, ready, image = "" }: Partial<V1ContainerStatus>,
  elapsedMs: number,
): PodProblem | undefined {
  const { reason, message } = state?.waiting ?? {};
  const exitCode = state?.terminated?.exitCode ?? lastState?.terminated?.exitCode ?? 0;
  if (reason === "CrashLoopBackOff")
    return { text: `is in CrashLoopBackOff (exit code ${exitCode}, ${restarts} restarts)`, hopeless: restarts >= MAX_RESTARTS };
  if (reason !== undefined && !["ContainerCreating", "PodInitializing"].includes(reason)) {
    const said = message === undefined ? reason : `${reason}: ${message}`;
    if (!PULL_REASONS.has(reason)) return { text: `is in ${said}`, hopeless: HOPELESS_REASONS.has(reason) };
    const why = `cannot pull the image ${image} (${said})`;
    const hopeless = elapsedMs > IMAGE_PATIENCE_MS;
    return { text: hopeless ? `${why}\n  → ${pullRemedy(message ?? "")}` : why, hopeless };
  }
  const runs = state?.running !== undefined;
  if (exitCode !== 0 && !runs) return { text: `ended with exit code ${exitCode}`, hopeless: false };
  // Running, but its probe fails: its own log says why.
  if (ready !== false || !runs) return undefined;
  return { text: `is running but not ready${restarts > 0 ? ` (${restarts} restarts)` : ""}`, hopeless: false };
}

/** The first problem among pods, the hopeless ones before the others. */
export function worstProblem(pods: readonly PodWithStatus[], elapsedMs: number): PodProblem | undefined {
  const problems = pods.flatMap((pod) => podProblem(pod, elapsedMs) ?? []);
  return problems.find(({ hopeless }) => hopeless) ?? problems[0];
}

/** The last log lines of the container with the problem, indented, on lines of their own; empty where it has written none. */
export async function lastLogLines(client: ClusterClient, pods: readonly PodWithStatus[]): Promise<string> {
  const container = worstProblem(pods, Number.MAX_SAFE_INTEGER)?.container;
  if (container === undefined) return "";
  const { namespace, pod, name, restarted } = container;
  const read = async (previous: boolean): Promise<string> => {
    const query = { container: name, previous: String(previous), tailLines: String(LOG_LINES) };
    return client.api.text({ path: `/api/v1/namespaces/${namespace}/pods/${pod}/log`, query });
  };
  // The kubelet may have thrown away the log of the run before; that of the current one is better than none.
  const lines = (await (restarted ? read(true).catch(() => read(false)) : read(false))).trimEnd();
  return lines === "" ? "" : `\nlast log lines of ${pod}/${name}:\n${lines.replace(/^/gm, "    ")}`;
}
