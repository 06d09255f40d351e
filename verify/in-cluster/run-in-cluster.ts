import type { Manifest } from "../../lib/kubernetes/objects";
import { Unmeasurable } from "../common/errors";
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

/** Time for the report of what was seen so far, after an interruption, in milliseconds. */
const lastWordsMs = 12_000;

export interface InClusterOutcome {
  readonly report: Report;
  /** What could not be removed and what to do about it, in one line; undefined when nothing is left. */
  readonly leftover: string | undefined;
}

/**
 * Runs the verifier as a Job, waits for its report, and removes everything that was made, also after a failure or when
 * `options.signal` is aborted; a Job under way is then asked for a report of what it has seen.
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
  const connected = await Cluster.connect(options.target, signal, "docs/in-cluster.md").catch(unmeasured);
  if ("verdict" in connected) return { report: connected, leftover: undefined };
  using cluster = connected;
  const { api } = cluster;
  const applied = applyRun(api, planned);
  const lastWords = new AbortController();
  const run = async (): Promise<Report> => {
    progress({ phase: `creating Job ${planned.name} in namespace ${planned.namespace}` });
    await applied.create();
    signal.throwIfAborted();
    // The Job's end makes the verifier in it report what it has seen.
    const onAbort = (): void => {
      setTimeout(() => lastWords.abort(), lastWordsMs).unref();
      void applied.remove();
    };
    signal.addEventListener("abort", onAbort, { once: true, signal: lastWords.signal });
    return { ...(await jobReport(api, planned, waiting, progress, lastWords.signal)), target };
  };
  try {
    const report = await run().catch(unmeasured);
    progress({ phase: "removing the Job" });
    return { report, leftover: await applied.remove() };
  } finally {
    lastWords.abort();
    await applied.remove();
  }
}

/** Limit of the removal, in milliseconds: it must end also when the cluster does not answer any more. */
const removalLimitMs = 15_000;

function applyRun(api: NamespaceApi, { name, namespace, needs, job }: PlannedRun) {
  /** What was made, or may have been. */
  const made: Manifest[] = [];
  let removal: Promise<string | undefined> | undefined;
  /** For requests that change something: one that is called off may be carried out all the same, and late. */
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
  const removeAll = async (): Promise<string | undefined> => {
    const removing = api.until(AbortSignal.timeout(removalLimitMs));
    const left: string[] = [];
    let reason: string | undefined;
    await Promise.all(
      made.map(async ({ kind, metadata }) => {
        try {
          await removing.delete(kind as Kind, metadata.name, { propagationPolicy: "Background" });
        } catch (error) {
          if (error instanceof ApiFailure && error.status === 404) return;
          left.push(`${kind} ${metadata.name}`);
          if (kind === job.kind)
            reason = removing.signal.aborted ? `no answer within ${removalLimitMs / 1000} s` : (error as Error).message;
        }
      }),
    );
    // It is the Job that matters: without it the cluster removes what it owned by itself.
    if (reason === undefined) return undefined;
    const command = `kubectl -n ${namespace} delete job,configmap,rolebinding,role,serviceaccount -l ${selectorOf(name)}`;
    return `left in the cluster: ${left.join(", ")} (${reason}); remove it with: ${command}`;
  };
  return {
    /**
     * Creates everything. The Job comes first, without a pod, and owns the rest: where this process is killed, the cluster
     * removes all of it some time after the Job's end.
     * @throws Unmeasurable
     */
    async create(): Promise<void> {
      const owner = { apiVersion: "batch/v1", kind: "Job", name, uid: await make(job) };
      for (const manifest of needs) {
        if (api.signal.aborted) throw new Unmeasurable("interrupted");
        const metadata = { ...manifest.metadata, ownerReferences: [owner] };
        await make({ ...manifest, metadata });
      }
      await unstoppable.patch("Job", name, { spec: { suspend: false } });
    },
    /**
     * Removes everything, once; the pod ends within seconds.
     * @returns what could not be removed and what to do about it, in one line; undefined when nothing is left
     */
    remove: (): Promise<string | undefined> => (removal ??= removeAll()),
  };
}
