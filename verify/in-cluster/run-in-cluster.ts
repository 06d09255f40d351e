import { systemClock } from "../common/clock";
import { Unmeasurable } from "../common/errors";
import type { Report } from "../report/report";
import type { Progress } from "../common/progress";
import { ReportDraft } from "../run/report-draft";
import { describeTarget } from "../targets";
import { ApiServer } from "../targets/api-server";
import { AppliedRun } from "./applied-run";
import { defaultPatience } from "./job-pod";
import { JobWatch, type Waiting } from "./job-watch";
import { planRun, type JobOptions } from "./plan";
import type { Program } from "./program";

/** Time for the report of what was seen so far, after an interruption, in milliseconds. */
const lastWordsMs = 12_000;

const defaultWaiting: Waiting = { patience: defaultPatience, intervalMs: 500, graceMs: 30_000 };

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
  waiting: Waiting = defaultWaiting,
): Promise<InClusterOutcome> {
  const signal = options.signal ?? new AbortController().signal;
  const target = `${describeTarget(options.target)}, from inside the cluster`;
  const draft = new ReportDraft(systemClock, target);
  const planned = planRun(options, program, image, "applied");
  const lastWords = new AbortController();
  const api = await connect(options.target);
  if (api instanceof Unmeasurable) return { report: draft.unmeasured(options.checks, api.message), leftover: undefined };
  const applied = new AppliedRun(api, planned);
  let limit: NodeJS.Timeout | undefined;
  // The Job's end makes the verifier in it report what it has seen.
  const onAbort = (): void => {
    limit = setTimeout(() => lastWords.abort(), lastWordsMs);
    void applied.remove();
  };
  const run = async (): Promise<Report> => {
    try {
      progress({ phase: `creating Job ${planned.name} in namespace ${planned.namespace}` });
      await applied.create(signal);
      signal.addEventListener("abort", onAbort, { once: true });
      if (signal.aborted) return draft.unmeasured(options.checks, "interrupted");
      const watch = new JobWatch(api, planned, waiting, progress, signal, lastWords.signal);
      return { ...(await watch.report()), target };
    } catch (error) {
      if (signal.aborted) return draft.unmeasured(options.checks, "interrupted");
      if (error instanceof Unmeasurable) return draft.unmeasured(options.checks, error.message);
      throw error;
    } finally {
      signal.removeEventListener("abort", onAbort);
      clearTimeout(limit);
    }
  };
  try {
    const report = await run();
    progress({ phase: "removing the Job" });
    return { report, leftover: await applied.remove() };
  } catch (error) {
    await applied.remove();
    throw error;
  }
}

async function connect(target: JobOptions["target"]): Promise<ApiServer | Unmeasurable> {
  try {
    return await ApiServer.connect(target);
  } catch (error) {
    if (error instanceof Unmeasurable) return error;
    throw error;
  }
}
