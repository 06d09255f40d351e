import type { Manifest } from "../../lib/kubernetes/objects";
import type { Progress } from "../common/progress";
import type { Report } from "../report/report";
import { ReportDraft } from "../run/report-draft";
import { describeTarget } from "../targets";
import { Cluster } from "../targets/cluster";
import { ApiFailure, type Kind, type NamespaceApi } from "../targets/namespace-api";
import { defaultWaiting, jobReport } from "./job-watch";
import { planRun, type PlannedRun, selectorOf } from "./manifests";
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
 * @param progress is told what is being done, here and in the Job
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
  /** What was made, or may have been. */
  const made: Manifest[] = [];
  const run = async (): Promise<Report> => {
    progress({ phase: `creating Job ${planned.name} in namespace ${planned.namespace}` });
    await create(cluster.api, planned, made);
    return { ...(await jobReport(cluster.api, planned, waiting, progress)), target };
  };
  let report: Report;
  let leftover: string | undefined;
  try {
    report = await run().catch(unmeasured);
  } finally {
    progress({ phase: "removing the Job" });
    leftover = await remove(cluster.api, planned, made);
  }
  return { report, leftover };
}

/**
 * Creates everything. The Job comes first, without a pod, and owns the rest: where this process is killed, the cluster
 * removes all of it some time after the Job's end.
 * @param made takes what was made, or may have been
 * @throws Unmeasurable
 */
async function create(api: NamespaceApi, { name, needs, job }: PlannedRun, made: Manifest[]): Promise<void> {
  // A request that is called off may be carried out all the same, and late.
  const unstoppable = api.until(new AbortController().signal);
  /** @returns its UID */
  const make = async (manifest: Manifest): Promise<string> => {
    const { kind, metadata } = manifest;
    type Made = { readonly metadata?: { readonly uid?: string } };
    try {
      const { metadata: given } = await unstoppable.create<Made>(kind as Kind, metadata.name, manifest);
      made.push(manifest);
      return given?.uid ?? "";
    } catch (error) {
      if (!(error instanceof ApiFailure) || error.mayBeDone) made.push(manifest);
      throw error;
    }
  };
  const owner = { apiVersion: "batch/v1", kind: "Job", name, uid: await make(job) };
  for (const manifest of needs) {
    api.signal.throwIfAborted();
    const metadata = { ...manifest.metadata, ownerReferences: [owner] };
    await make({ ...manifest, metadata });
  }
  await unstoppable.patch("Job", name, { spec: { suspend: false } });
}

/** Limit of the removal, in milliseconds: it must end also when the cluster does not answer any more. */
const removalLimitMs = 15_000;

/**
 * Removes what was made; the pod ends within seconds.
 * @returns what could not be removed and what to do about it, in one line; undefined when nothing is left
 */
async function remove(api: NamespaceApi, { name, namespace }: PlannedRun, made: readonly Manifest[]) {
  const removing = api.until(AbortSignal.timeout(removalLimitMs));
  const [ofJob] = await Promise.allSettled(
    made.map(({ kind, metadata }) => removing.delete(kind as Kind, metadata.name, { propagationPolicy: "Background" })),
  );
  // It is the Job that matters: without it the cluster removes what it owned by itself.
  if (ofJob?.status !== "rejected") return undefined;
  const error: unknown = ofJob.reason;
  if (error instanceof ApiFailure && error.status === 404) return undefined;
  const why = removing.signal.aborted ? `no answer within ${removalLimitMs / 1000} s` : (error as Error).message;
  const command = `kubectl -n ${namespace} delete job,configmap,rolebinding,role,serviceaccount -l ${selectorOf(name)}`;
  return `left in the cluster: Job ${name} and what it owns (${why}); remove it with: ${command}`;
}
