import type { CoreV1Event, V1Job, V1Pod } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { systemClock } from "../common/clock";
import { oneLine, Unmeasurable } from "../common/errors";
import type { Progress } from "../common/progress";
import type { Report } from "../report/report";
import { ApiFailure, type NamespaceApi } from "../targets/namespace-api";
import { JobLog, patience, podState, type Patience, type PodState } from "./job-pod";
import { containerName, type PlannedRun, selectorOf } from "./manifests";

export const defaultWaiting = {
  patience,
  /** Between two looks at the pod, in milliseconds. */
  intervalMs: 500,
  /** For which the API server may fail to answer, for a log to be fetched, and after the Job's deadline, in milliseconds. */
  graceMs: 30_000,
};

/**
 * Waits for the report of a Job.
 * @param logSignal ends the reading of the log
 * @throws Unmeasurable when there will be none, saying why
 */
export async function jobReport(
  api: NamespaceApi,
  { name, deadlineSeconds }: Pick<PlannedRun, "name" | "deadlineSeconds">,
  { patience, intervalMs, graceMs }: typeof defaultWaiting,
  progress: Progress,
  logSignal: AbortSignal,
): Promise<Report> {
  const { signal } = api;
  const endsAt = systemClock.now() + deadlineSeconds * 1_000 + graceMs;
  let shown = 0;
  let waitsSince: { readonly cause: keyof Patience; readonly at: number } | undefined;
  let last: V1Pod | undefined;
  while (!signal.aborted) {
    // Once it is up there is one more look: the report may be there, although the way to the log has died.
    const leftMs = endsAt - systemClock.now();
    const pod = await findPod();
    if (pod === undefined && last !== undefined) throw new Unmeasurable(`its pod is gone: ${await whyNoPod()}`);
    last = pod;
    const state = podState(pod);
    if (state.kind === "waiting") await checkPatience(state);
    else {
      const log = await readLog(pod?.metadata?.name ?? "", state.kind === "running" && leftMs > 0 ? leftMs : undefined);
      const report = log.report();
      if (report !== undefined) return report;
      if (state.kind === "ended") throw new Unmeasurable(`the Job ended without a report (${state.reason}); ${log.words}`);
    }
    if (leftMs <= 0) throw new Unmeasurable(`the Job has not ended within ${deadlineSeconds} s`);
    await systemClock.sleep(intervalMs, signal);
  }
  throw new Unmeasurable("interrupted");

  async function findPod(): Promise<V1Pod | undefined> {
    const since = systemClock.now();
    for (;;) {
      try {
        return (await api.list<V1Pod>("Pod", { labelSelector: selectorOf(name) }))[0];
      } catch (error) {
        if (!(error instanceof ApiFailure && error.isPassing && systemClock.now() - since < graceMs)) throw error;
        await systemClock.sleep(intervalMs, signal);
      }
    }
  }

  async function checkPatience({ cause, reason }: PodState & { readonly kind: "waiting" }): Promise<void> {
    const now = systemClock.now();
    if (waitsSince?.cause !== cause) waitsSince = { cause, at: now };
    progress({ phase: `waiting for the Job's pod: ${reason}` });
    if (now - waitsSince.at < patience[cause]) return;
    const why = cause === "pod" ? await whyNoPod() : reason;
    const remedy = /image/i.test(why) ? "; --image names another image with Node.js 20 or newer" : "";
    throw new Unmeasurable(`the Job's pod does not start: ${why}${remedy}`);
  }

  /** What the Job or its events say; events may be closed to us. */
  async function whyNoPod(): Promise<string> {
    const job = await api.get<V1Job>("Job", name).catch(() => undefined);
    const failed = job?.status?.conditions?.find(({ type, status }) => type === "Failed" && status === "True");
    const query = { fieldSelector: `involvedObject.name=${name},type=Warning` };
    const said = failed ?? (await api.list<CoreV1Event>("Event", query).catch(() => [])).at(-1);
    return said === undefined ? "the Job has no pod" : oneLine(`${said.reason}: ${said.message}`, 240);
  }

  /**
   * Reads the log as it is, or follows it. Broken off while it was followed, it is what has come so far.
   * @param followMs longest time to follow it
   */
  async function readLog(pod: string, followMs: number | undefined): Promise<JobLog> {
    const log = new JobLog();
    let lines = 0;
    const query = { container: containerName, follow: followMs === undefined ? undefined : "true" };
    try {
      await api.until(logSignal).log(pod, query, followMs ?? graceMs, (line) => {
        const phase = log.add(line);
        if (phase === undefined || ++lines <= shown) return;
        shown = lines;
        progress({ phase });
      });
    } catch (error) {
      // 400: the container does not run yet, or does not run any more.
      const again = followMs !== undefined && error instanceof ApiFailure && (error.isPassing || error.status === 400);
      if (!again) throw error;
    }
    return log;
  }
}
