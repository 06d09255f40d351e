import type { V1ContainerStatus, V1Pod, V1ReplicaSet, V1StatefulSet } from "@kubernetes/client-node" with {
  "resolution-mode": "import",
};
import type { ClusterClient } from "../cluster";

/** Lines of a container's log that go into an error. */
const LOG_LINES = 10;
/** A registry may fail once: only an image that still cannot be pulled after this time is given up. */
const IMAGE_PATIENCE_MS = 20_000;
/** A container may wait for another to start: after this many restarts it is given up. */
const MAX_RESTARTS = 3;

/** What helps against an image that cannot be pulled; what the registry said stands before it. */
const PULL_REMEDY =
  "see that the registry has it (settings image and planoVersion; pulumi up --refresh pushes anew) and that the nodes reach it " +
  "(pulumi config set registry …); a private one wants pulumi config set --secret imagePullConfig … (content of Docker's config.json)";

/** What is wrong with a pod. */
export interface PodProblem {
  /** `pod web-1: container web is in CrashLoopBackOff (exit code 1)`. */
  readonly text: string;
  /** Time alone will not help. */
  readonly hopeless: boolean;
  /** Whose log may say more. */
  readonly container?: { readonly namespace?: string; readonly pod: string; readonly name: string };
}

/** The pods that a controller made. */
export async function podsOf(client: ClusterClient, { metadata, spec }: V1ReplicaSet | V1StatefulSet): Promise<readonly V1Pod[]> {
  const labels = Object.entries(spec?.selector.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const all = { apiVersion: "v1", kind: "Pod", namespace: metadata?.namespace };
  const pods = (await client.list(all, { labelSelector: labels.join() })) as readonly V1Pod[];
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
export function podProblem({ metadata, status }: V1Pod, elapsedMs: number): PodProblem | undefined {
  const { name: pod = "", namespace } = metadata ?? {};
  for (const container of [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]) {
    const { name } = container;
    const problem = containerProblem(container, elapsedMs);
    const text = `pod ${pod}: container ${name} ${problem?.text}`;
    if (problem !== undefined) return { ...problem, text, container: { namespace, pod, name } };
  }
  const unscheduled = status?.conditions?.find((it) => it.type === "PodScheduled" && it.status === "False");
  return unscheduled && { text: `pod ${pod}: not scheduled: ${saidOf(unscheduled)}`, hopeless: false };
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
    // ImagePullBackOff, InvalidImageName, RegistryUnavailable and their like.
    if (!/Image|Registry/.test(reason)) return { text: `is in ${said}`, hopeless: false };
    const why = `cannot pull the image ${image} (${said})`;
    const hopeless = elapsedMs > IMAGE_PATIENCE_MS;
    return { text: hopeless ? `${why}\n  → ${PULL_REMEDY}` : why, hopeless };
  }
  const runs = state?.running !== undefined;
  if (exitCode !== 0 && !runs) return { text: `ended with exit code ${exitCode}`, hopeless: false };
  // Running, but its probe fails: its own log says why.
  if (ready !== false || !runs) return undefined;
  return { text: `is running but not ready${restarts > 0 ? ` (${restarts} restarts)` : ""}`, hopeless: false };
}

/** The first problem among pods, the hopeless ones before the others. */
export function worstProblem(pods: readonly V1Pod[], elapsedMs: number): PodProblem | undefined {
  const problems = pods.flatMap((pod) => podProblem(pod, elapsedMs) ?? []);
  return problems.find(({ hopeless }) => hopeless) ?? problems[0];
}

/** The last log lines of the container with the problem, indented, on lines of their own; empty where there are none. */
export async function lastLogLines(client: ClusterClient, problem: PodProblem | undefined): Promise<string> {
  if (problem?.container === undefined) return "";
  const { namespace, pod, name } = problem.container;
  const read = async (previous: boolean): Promise<string> => {
    const query = { container: name, previous: String(previous), tailLines: String(LOG_LINES) };
    return client.api.text({ path: `/api/v1/namespaces/${namespace}/pods/${pod}/log`, query });
  };
  // The run that ended says why; where there was none, or the kubelet has thrown its log away, the current one may.
  const lines = await read(true).catch(() => read(false).catch(() => ""));
  return lines.trim() === "" ? "" : `\nlast log lines of ${pod}/${name}:\n${lines.trimEnd().replace(/^/gm, "    ")}`;
}
