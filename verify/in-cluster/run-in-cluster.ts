import { systemClock } from "../common/clock";
import { Unmeasurable } from "../common/errors";
import type { Progress } from "../common/progress";
import type { Report } from "../report/report";
import { ReportDraft } from "../run/report-draft";
import { describeTarget } from "../targets";
import { Cluster } from "../targets/cluster";
import { AppliedRun } from "./applied-run";
import { defaultWaiting, JobWatch } from "./job-watch";
import { planRun } from "./manifests";
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
  const draft = new ReportDraft(systemClock, target);
  const unmeasured = (error: unknown): Report => {
    if (signal.aborted) return draft.unmeasured(checks, "interrupted");
    if (error instanceof Unmeasurable) return draft.unmeasured(checks, error.message);
    throw error;
  };
  const planned = planRun(options, program, image, "applied");
  const connected = await Cluster.connect(options.target, signal, "docs/in-cluster.md").catch(unmeasured);
  if ("verdict" in connected) return { report: connected, leftover: undefined };
  using cluster = connected;
  const { api } = cluster;
  const applied = new AppliedRun(api, planned);
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
    const watch = new JobWatch(api, planned, waiting, progress, lastWords.signal);
    return { ...(await watch.report()), target };
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
