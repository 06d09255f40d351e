import { isObject, type PropertyMap } from "../../rpc/properties";
import type { ClusterClient } from "../client";
import { condition, inWords, listAt, mapAt, numberAt, sayingOf, textAt, type KubernetesObject } from "../objects";

/** Lines of a container's log that go into an error. */
const LOG_LINES = 10;
/** A registry may fail once: only an image that still cannot be pulled after this time is given up. */
const IMAGE_PATIENCE_MS = 20_000;
/** A container may wait for another to start: after this many restarts it is given up. */
const MAX_RESTARTS = 3;

/** Reasons that do not go away with time. */
const HOPELESS_REASONS: ReadonlySet<string> = new Set(["ErrImageNeverPull", "InvalidImageName"]);
const PULL_REASONS: ReadonlySet<string> = new Set(["ImagePullBackOff", "ErrImagePull", "RegistryUnavailable"]);

/** What is wrong with a pod. */
interface PodProblem {
  /** `pod web-1: container web is in CrashLoopBackOff (exit code 1)`. */
  readonly text: string;
  readonly hopeless: boolean;
  /** Where to look for log lines; undefined where no container has run. */
  readonly container:
    { readonly namespace: string; readonly pod: string; readonly name: string; readonly restarted: boolean } | undefined;
}

/** The pods that an object's controller made. */
export async function podsOf(client: ClusterClient, owner: KubernetesObject): Promise<KubernetesObject[]> {
  const namespace = textAt(owner, "metadata", "namespace");
  const labels = Object.entries(mapAt(owner, "spec", "selector", "matchLabels")).map(
    ([key, value]) => `${key}=${inWords(value)}`,
  );
  const pods = await client.list({ apiVersion: "v1", kind: "Pod", namespace }, { labelSelector: labels.join() });
  return pods.filter((pod) => isOwnedBy(pod, owner));
}

export function isOwnedBy(object: KubernetesObject, owner: KubernetesObject): boolean {
  const uid = textAt(owner, "metadata", "uid");
  return listAt(object, "metadata", "ownerReferences").some((one) => textAt(one, "uid") === uid);
}

/** The first thing that keeps a pod from running; undefined for one that runs, or is on its way. */
export function podProblem(pod: KubernetesObject, elapsedMs: number): PodProblem | undefined {
  const [podName = "", namespace = ""] = [textAt(pod, "metadata", "name"), textAt(pod, "metadata", "namespace")];
  const statuses = ["initContainerStatuses", "containerStatuses"].flatMap((key) => listAt(pod, "status", key));
  for (const status of statuses.filter(isObject)) {
    const problem = containerProblem(status, elapsedMs);
    if (problem === undefined) continue;
    const restarted = numberAt(status, ["restartCount"]) > 0;
    const name = textAt(status, "name") ?? "";
    const ran = restarted || textAt(status, "containerID") !== undefined;
    const text = `pod ${podName}: container ${name} ${problem.text}`;
    return { ...problem, text, container: ran ? { namespace, pod: podName, name, restarted } : undefined };
  }
  const scheduled = condition(pod, "PodScheduled");
  if (scheduled?.["status"] !== "False") return undefined;
  return { text: `pod ${podName}: not scheduled: ${sayingOf(scheduled)}`, hopeless: false, container: undefined };
}

/** What helps against an image that cannot be pulled, by what the registry or the way to it said. */
function pullRemedy(message: string): string {
  if (/unauthorized|authorization failed|access denied|pull access|403|401|denied|insufficient_scope/i.test(message))
    return "a private registry wants credentials: pulumi config set --secret imagePullConfig … (content of Docker's config.json)";
  if (/not found|manifest unknown|NotFound/i.test(message))
    return "the registry has no such image: look at the setting that names it (image, planoVersion), or pulumi up --refresh to push it anew";
  return "let the nodes reach the registry, or push the images to one that they reach: pulumi config set registry …";
}

function containerProblem(status: PropertyMap, elapsedMs: number): { text: string; hopeless: boolean } | undefined {
  const reason = textAt(status, "state", "waiting", "reason");
  const restarts = numberAt(status, ["restartCount"]);
  const lastExitCode = numberAt(status, ["lastState", "terminated", "exitCode"]);
  const exitCode = numberAt(status, ["state", "terminated", "exitCode"], lastExitCode);
  if (reason === "CrashLoopBackOff")
    return { text: `is in CrashLoopBackOff (exit code ${exitCode}, ${restarts} restarts)`, hopeless: restarts >= MAX_RESTARTS };
  if (reason !== undefined && !["ContainerCreating", "PodInitializing"].includes(reason)) {
    const message = textAt(status, "state", "waiting", "message");
    const said = message === undefined ? reason : `${reason}: ${message}`;
    if (!PULL_REASONS.has(reason)) return { text: `is in ${said}`, hopeless: HOPELESS_REASONS.has(reason) };
    const why = `cannot pull the image ${textAt(status, "image") ?? ""} (${said})`;
    const hopeless = elapsedMs > IMAGE_PATIENCE_MS;
    return { text: hopeless ? `${why}\n  → ${pullRemedy(message ?? "")}` : why, hopeless };
  }
  const runs = textAt(status, "state", "running", "startedAt") !== undefined;
  if (exitCode !== 0 && !runs) return { text: `ended with exit code ${exitCode}`, hopeless: false };
  // Running, but its probe fails: its own log says why.
  if (status["ready"] !== false || !runs) return undefined;
  return { text: `is running but not ready${restarts > 0 ? ` (${restarts} restarts)` : ""}`, hopeless: false };
}

/** The first problem among pods, the hopeless ones before the others. */
export function worstProblem(pods: readonly KubernetesObject[], elapsedMs: number): PodProblem | undefined {
  const problems = pods.flatMap((pod) => podProblem(pod, elapsedMs) ?? []);
  return problems.find(({ hopeless }) => hopeless) ?? problems[0];
}

/** The last log lines of the container with the problem, indented, on lines of their own; empty where it has written none. */
export async function lastLogLines(client: ClusterClient, pods: readonly KubernetesObject[]): Promise<string> {
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
