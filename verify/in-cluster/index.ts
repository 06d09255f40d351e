import type { V1Job } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import type { Progress } from "../common/progress";
import type { Report } from "../report/report";
import { ReportDraft } from "../run/report-draft";
import { describeTarget } from "../targets";
import { Cluster } from "../targets/cluster";
import { ApiFailure, type Kind, type NamespaceApi } from "../targets/namespace-api";
import { defaultWaiting, jobReport } from "./job-watch";
import { planRun, type PlannedRun } from "./manifests";
import type { JobOptions } from "./job-options";
import type { Program } from "./program";

export { renderManifests } from "./manifests";
export type { JobOptions } from "./job-options";
export { readProgram, type Program } from "./program";

export interface InClusterOutcome {
  readonly report: Report;
  /** What could not be removed and what to do about it, in one line; undefined when nothing is left. */
  readonly leftover: string | undefined;
}

/**
 * Runs the verifier as a Job, waits for its report, and removes everything that was made, also after a failure or when
 * `options.signal` is aborted.
 * @returns a report in every case; what went wrong on the way makes it `unknown`
 * @throws UsageError when the kubeconfig does not fit, or the prompts are too large
 */
export async function runInCluster(
  options: JobOptions,
  program: Program,
  image: string,
  progress: Progress = () => undefined,
  waiting = defaultWaiting,
): Promise<InClusterOutcome> {
  const { signal = new AbortController().signal, checks } = options;
  const target = `${describeTarget(options.target)}, from inside the cluster`;
  const draft = new ReportDraft(target);
  const unmeasured = (error: unknown): Report => draft.endedBy(error, checks, signal);
  const planned = planRun(options, program, image, "applied");
  const connected = await Cluster.connect(options.target, signal).catch(unmeasured);
  if ("verdict" in connected) return { report: connected, leftover: undefined };
  using cluster = connected;
  /** Or may be. */
  let isMade = true;
  const run = async (): Promise<Report> => {
    progress({ phase: `creating Job ${planned.name} in namespace ${planned.namespace}` });
    const uid = await create(cluster.api, planned, () => (isMade = false));
    return { ...(await jobReport(cluster.api, { ...planned, uid }, waiting, progress)), target };
  };
  let report: Report;
  let leftover: string | undefined;
  try {
    report = await run().catch(unmeasured);
  } finally {
    progress({ phase: "removing the Job" });
    leftover = isMade ? await remove(cluster.api, planned) : undefined;
  }
  return { report, leftover };
}

/**
 * Creates everything. The Job comes first, without a pod, and owns the rest: where this process is killed, the cluster
 * removes all of it some time after the Job's end, which its deadline brings about also where it never had a pod.
 * @param refused is called where there is no Job for sure
 * @returns the Job's UID
 * @throws Unmeasurable
 */
async function create(api: NamespaceApi, { name, needs, job }: PlannedRun, refused: () => void): Promise<string> {
  // A request that is called off may be carried out all the same, and late.
  const unstoppable = api.until(new AbortController().signal);
  const { metadata } = await unstoppable.create<V1Job>("Job", name, job).catch((error: unknown) => {
    if (error instanceof ApiFailure && !error.mayBeDone) refused();
    throw error;
  });
  const uid = metadata?.uid ?? "";
  const ownerReferences = [{ apiVersion: "batch/v1", kind: "Job", name, uid }];
  for (const manifest of needs) {
    api.signal.throwIfAborted();
    const owned = { ...manifest, metadata: { ...manifest.metadata, ownerReferences } };
    await unstoppable.create(manifest.kind as Kind, manifest.metadata.name, owned);
  }
  await unstoppable.patch("Job", name, { spec: { parallelism: 1 } });
  return uid;
}

/** Limit of the removal, in milliseconds: it must end also when the cluster does not answer any more. */
const removalLimitMs = 15_000;

/**
 * Removes the Job; the pod ends within seconds, and the cluster removes what the Job owned.
 * @returns what could not be removed and what to do about it, in one line; undefined when nothing is left
 */
async function remove(api: NamespaceApi, { name, namespace }: PlannedRun): Promise<string | undefined> {
  const removing = api.until(AbortSignal.timeout(removalLimitMs));
  try {
    await removing.delete("Job", name, { propagationPolicy: "Background" });
    return undefined;
  } catch (error) {
    if (error instanceof ApiFailure && error.status === 404) return undefined;
    const why = removing.signal.aborted ? `no answer within ${removalLimitMs / 1000} s` : (error as Error).message;
    return `left in the cluster: Job ${name} and what it owns (${why}); remove it with: kubectl -n ${namespace} delete job ${name}`;
  }
}
