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

export class JobWatch {
  #shown = 0;
  #waitsSince: { readonly cause: keyof Patience; readonly at: number } | undefined;

  /** @param logSignal ends the reading of the log */
  constructor(
    private readonly api: NamespaceApi,
    private readonly run: Pick<PlannedRun, "name" | "deadlineSeconds">,
    private readonly waiting: typeof defaultWaiting,
    private readonly progress: Progress,
    private readonly logSignal: AbortSignal,
  ) {}

  /** @throws Unmeasurable when there will be none, saying why */
  async report(): Promise<Report> {
    const { signal } = this.api;
    const endsAt = systemClock.now() + this.run.deadlineSeconds * 1_000 + this.waiting.graceMs;
    let last: V1Pod | undefined;
    while (!signal.aborted) {
      // Once it is up there is one more look: the report may be there, although the way to the log has died.
      const leftMs = endsAt - systemClock.now();
      const pod = await this.#pod();
      if (pod === undefined && last !== undefined) throw new Unmeasurable(`its pod is gone: ${await this.#whyNoPod()}`);
      last = pod;
      const state = podState(pod);
      if (state.kind === "waiting") await this.#checkPatience(state);
      else {
        const log = await this.#log(pod?.metadata?.name ?? "", state.kind === "running" && leftMs > 0 ? leftMs : undefined);
        const report = log.report();
        if (report !== undefined) return report;
        if (state.kind === "ended") throw new Unmeasurable(`the Job ended without a report (${state.reason}); ${log.words}`);
      }
      if (leftMs <= 0) throw new Unmeasurable(`the Job has not ended within ${this.run.deadlineSeconds} s`);
      await systemClock.sleep(this.waiting.intervalMs, signal);
    }
    throw new Unmeasurable("interrupted");
  }

  async #pod(): Promise<V1Pod | undefined> {
    const since = systemClock.now();
    for (;;) {
      try {
        return (await this.api.list<V1Pod>("Pod", { labelSelector: selectorOf(this.run.name) }))[0];
      } catch (error) {
        const passing = error instanceof ApiFailure && error.isPassing && systemClock.now() - since < this.waiting.graceMs;
        if (!passing) throw error;
        await systemClock.sleep(this.waiting.intervalMs, this.api.signal);
      }
    }
  }

  async #checkPatience({ cause, reason }: PodState & { readonly kind: "waiting" }): Promise<void> {
    const now = systemClock.now();
    if (this.#waitsSince?.cause !== cause) this.#waitsSince = { cause, at: now };
    this.progress({ phase: `waiting for the Job's pod: ${reason}` });
    if (now - this.#waitsSince.at < this.waiting.patience[cause]) return;
    const why = cause === "pod" ? await this.#whyNoPod() : reason;
    const remedy = /image/i.test(why) ? "; --image names another image with Node.js 20 or newer" : "";
    throw new Unmeasurable(`the Job's pod does not start: ${why}${remedy}`);
  }

  /** What the Job or its events say; events may be closed to us. */
  async #whyNoPod(): Promise<string> {
    const { name } = this.run;
    const job = await this.api.get<V1Job>("Job", name).catch(() => undefined);
    const failed = job?.status?.conditions?.find(({ type, status }) => type === "Failed" && status === "True");
    const query = { fieldSelector: `involvedObject.name=${name},type=Warning` };
    const said = failed ?? (await this.api.list<CoreV1Event>("Event", query).catch(() => [])).at(-1);
    return said === undefined ? "the Job has no pod" : oneLine(`${said.reason}: ${said.message}`, 240);
  }

  /**
   * Reads the log as it is, or follows it. Broken off while it was followed, it is what has come so far.
   * @param followMs longest time to follow it
   */
  async #log(pod: string, followMs: number | undefined): Promise<JobLog> {
    const log = new JobLog();
    let lines = 0;
    const query = { container: containerName, follow: followMs === undefined ? undefined : "true" };
    try {
      await this.api.until(this.logSignal).log(pod, query, followMs ?? this.waiting.graceMs, (line) => {
        const phase = log.add(line);
        if (phase === undefined || ++lines <= this.#shown) return;
        this.#shown = lines;
        this.progress({ phase });
      });
    } catch (error) {
      // 400: the container does not run yet, or does not run any more.
      const again = followMs !== undefined && error instanceof ApiFailure && (error.isPassing || error.status === 400);
      if (!again) throw error;
    }
    return log;
  }
}
