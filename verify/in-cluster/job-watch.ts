import type { CoreV1Event, V1Job, V1Pod } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { gunzipSync } from "node:zlib";
import { systemClock } from "../common/clock";
import { oneLine, Unmeasurable } from "../common/errors";
import type { Progress } from "../common/progress";
import type { Report } from "../report/report";
import { ApiFailure, type NamespaceApi } from "../targets/namespace-api";
import { whyNotReady } from "../targets/pods";
import { containerName, type PlannedRun, selectorOf } from "./manifests";
import { packedReport } from "./program";

export const defaultWaiting = {
  /** Until the pod runs: its image is fetched, or a node is added by need. In milliseconds. */
  startMs: 180_000,
  /** Between two looks at the pod, in milliseconds. */
  intervalMs: 500,
  /** For which the API server may fail to answer, for a log to be fetched, and after the Job's deadline, in milliseconds. */
  graceMs: 30_000,
};

/**
 * Waits for the report of a Job.
 * @param job its `uid`: others may run pods with its labels
 * @throws Unmeasurable when there will be none, saying why
 */
export async function jobReport(
  api: NamespaceApi,
  { name, uid, deadlineSeconds }: Pick<PlannedRun, "name" | "deadlineSeconds"> & { readonly uid: string },
  { startMs, intervalMs, graceMs }: typeof defaultWaiting,
  progress: Progress,
): Promise<Report> {
  const { signal } = api;
  const begunAt = systemClock.now();
  const endsAt = begunAt + deadlineSeconds * 1_000 + graceMs;
  let shown = 0;
  let last: V1Pod | undefined;
  while (!signal.aborted) {
    // Once it is up there is one more look: the report may be there, although the way to the log has died.
    const leftMs = endsAt - systemClock.now();
    const pod = await findPod();
    if (pod === undefined && last !== undefined) throw new Unmeasurable(`its pod is gone: ${await whyNoPod()}`);
    last = pod;
    const state = podState(pod);
    if (state.kind === "waiting") {
      progress({ phase: `waiting for the Job's pod: ${state.reason}` });
      if (systemClock.now() - begunAt >= startMs) {
        const why = pod === undefined ? await whyNoPod() : state.reason;
        const remedy = /image/i.test(why) ? "; --image names another image with Node.js 20 or newer" : "";
        throw new Unmeasurable(`the Job's pod does not start: ${why}${remedy}`);
      }
    } else {
      const log = await readLog(pod?.metadata?.name ?? "", state.kind === "running" && leftMs > 0 ? leftMs : undefined);
      const report = reportIn(log);
      if (report !== undefined) return report;
      if (state.kind === "ended") throw new Unmeasurable(`the Job ended without a report (${state.reason}); ${lastWords(log)}`);
    }
    if (leftMs <= 0) throw new Unmeasurable(`the Job has not ended within ${deadlineSeconds} s`);
    await systemClock.sleep(intervalMs, signal);
  }
  throw new Unmeasurable("interrupted");

  async function findPod(): Promise<V1Pod | undefined> {
    const since = systemClock.now();
    for (;;) {
      try {
        const isOwn = ({ metadata }: V1Pod) => metadata?.ownerReferences?.some((it) => it.controller === true && it.uid === uid);
        return (await api.list<V1Pod>("Pod", { labelSelector: selectorOf(name) })).find(isOwn);
      } catch (error) {
        if (!(error instanceof ApiFailure && error.isPassing && systemClock.now() - since < graceMs)) throw error;
        await systemClock.sleep(intervalMs, signal);
      }
    }
  }

  /** What the Job or its events say; events may be closed to us. */
  async function whyNoPod(): Promise<string> {
    const job = await api.get<V1Job>("Job", name).catch(() => undefined);
    const failed = job?.status?.conditions?.find(({ type, status }) => type === "Failed" && status === "True");
    const query = { fieldSelector: `involvedObject.name=${name},type=Warning` };
    const said = failed ?? (await api.list<CoreV1Event>("Event", query).catch(() => [])).at(-1);
    return said === undefined ? "the Job has no pod" : inWords(said.reason, said.message);
  }

  /** Reads the log as it is, or follows it. Broken off while it was followed, it is what has come so far. */
  async function readLog(pod: string, followMs: number | undefined): Promise<readonly string[]> {
    const log: string[] = [];
    let isReport = false;
    const query = { container: containerName, follow: followMs === undefined ? undefined : "true" };
    try {
      await api.log(pod, query, followMs ?? graceMs, (line) => {
        log.push(line);
        isReport ||= line === packedReport.begin;
        if (isReport || log.length <= shown) return;
        shown = log.length;
        progress({ phase: oneLine(line) });
      });
    } catch (error) {
      // 400: the container does not run yet, or does not run any more.
      const again = followMs !== undefined && error instanceof ApiFailure && (error.isPassing || error.status === 400);
      if (!again) throw error;
    }
    return log;
  }
}

export type PodState =
  | { readonly kind: "waiting"; readonly reason: string }
  | { readonly kind: "running" }
  /** `reason` is in words, exit code included. */
  | { readonly kind: "ended"; readonly reason: string };

/** Pure: the state of a Job's pod, of which there is none at first: that of its own container, whatever a mesh has put beside it. */
export function podState(pod: V1Pod | undefined): PodState {
  if (pod === undefined) return { kind: "waiting", reason: "the Job has no pod yet" };
  const { phase, reason, message, containerStatuses } = pod.status ?? {};
  const { terminated, running, waiting } = containerStatuses?.find(({ name }) => name === containerName)?.state ?? {};
  if (terminated !== undefined) {
    const why = terminated.reason === "Error" ? "" : inWords(terminated.reason, terminated.message);
    return { kind: "ended", reason: `exit code ${terminated.exitCode}${why === "" ? "" : `, ${why}`}` };
  }
  if (phase === "Failed" || phase === "Succeeded") return { kind: "ended", reason: inWords(reason, message) || `pod ${phase}` };
  if (running !== undefined) return { kind: "running" };
  return { kind: "waiting", reason: inWords(whyNotReady(pod.status), waiting?.message) };
}

function inWords(reason = "", message = ""): string {
  return oneLine([reason, message].filter((part) => part !== "").join(": "), 240);
}

/** Largest report, in bytes: that of some 300,000 sessions. */
const maxOutputLength = 128 * 2 ** 20;

/** Pure: the report at the end of a log; undefined where there is none, or a part of it only. @throws Unmeasurable for one too large */
export function reportIn(log: readonly string[]): Report | undefined {
  const [from, to] = [log.indexOf(packedReport.begin), log.indexOf(packedReport.end)];
  if (from < 0 || to < 0) return undefined;
  try {
    const packed = Buffer.from(log.slice(from + 1, to).join(""), "base64");
    const report = JSON.parse(gunzipSync(packed, { maxOutputLength }).toString("utf8")) as Report | null;
    return report?.schema === "plano-affinity/report/v1" ? report : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_BUFFER_TOO_LARGE") return undefined;
    throw new Unmeasurable(`the Job's report is larger than ${maxOutputLength / 2 ** 20} MiB; use fewer sessions`);
  }
}

/** Pure: the end of what a log has before the report. */
export function lastWords(log: readonly string[]): string {
  const report = log.indexOf(packedReport.begin);
  const words = log.slice(0, report < 0 ? undefined : report).filter((line) => line.trim() !== "");
  return words.length === 0 ? "it wrote nothing" : `its last words: ${oneLine(words.slice(-3).join(" / "), 400)}`;
}
