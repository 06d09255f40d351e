import type { V1ContainerStatus, V1Pod } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { gunzipSync } from "node:zlib";
import { oneLine } from "../common/errors";
import type { Report } from "../report/report";
import { packedReport } from "./program";

export type PodState =
  | { readonly kind: "waiting"; readonly cause: keyof Patience; readonly reason: string }
  | { readonly kind: "running" }
  /** `reason` is in words, exit code included. */
  | { readonly kind: "ended"; readonly reason: string };

/** How long each cause may last before it is taken for good, in milliseconds. */
export const patience = {
  pod: 30_000,
  /** A cluster that adds nodes by need takes its time. */
  scheduling: 90_000,
  /** The kubelet names a problem, mostly with the image. A registry may recover, but what is not there will not come. */
  container: 20_000,
  start: 180_000,
};

export type Patience = typeof patience;

/** Reasons of a waiting container that time alone repairs. */
const starting: readonly string[] = ["ContainerCreating", "PodInitializing"];

/** Pure: the state of a Job's pod, of which there is none at first. */
export function podState(pod: V1Pod | undefined): PodState {
  if (pod === undefined) return { kind: "waiting", cause: "pod", reason: "the Job has no pod yet" };
  const [container] = pod.status?.containerStatuses ?? [];
  if (container?.state?.terminated !== undefined) return { kind: "ended", reason: endOf(container) };
  const { phase, reason = "", message = "" } = pod.status ?? {};
  if (phase === "Failed" || phase === "Succeeded") return { kind: "ended", reason: inWords(reason, message) || `pod ${phase}` };
  if (container?.state?.running !== undefined) return { kind: "running" };
  const unscheduled = pod.status?.conditions?.find(({ type, status }) => type === "PodScheduled" && status === "False");
  if (unscheduled !== undefined) {
    return { kind: "waiting", cause: "scheduling", reason: inWords(unscheduled.reason, unscheduled.message) };
  }
  const waiting = container?.state?.waiting;
  if (waiting?.reason === undefined || starting.includes(waiting.reason)) {
    return { kind: "waiting", cause: "start", reason: waiting?.reason ?? "Pending" };
  }
  return { kind: "waiting", cause: "container", reason: inWords(waiting.reason, waiting.message) };
}

function endOf({ state }: V1ContainerStatus): string {
  const { reason, exitCode, message } = state?.terminated ?? {};
  return `exit code ${exitCode ?? "unknown"}${reason === undefined || reason === "Error" ? "" : `, ${inWords(reason, message)}`}`;
}

function inWords(reason = "", message = ""): string {
  return oneLine([reason, message].filter((part) => part !== "").join(": "), 240);
}

const shownLines = 3;

/** What a Job's container wrote: progress, a line each, and the packed report. Lines come one by one. */
export class JobLog {
  readonly #progress: string[] = [];
  #packed: string[] | undefined;
  #isWhole = false;

  add(line: string): string | undefined {
    if (line === packedReport.begin) this.#packed = [];
    else if (line === packedReport.end) this.#isWhole = true;
    else if (this.#packed !== undefined && !this.#isWhole) this.#packed.push(line);
    else {
      this.#progress.push(line);
      return line;
    }
    return undefined;
  }

  report(): Report | undefined {
    if (!this.#isWhole || this.#packed === undefined) return undefined;
    try {
      const report: unknown = JSON.parse(gunzipSync(Buffer.from(this.#packed.join(""), "base64")).toString("utf8"));
      return isReport(report) ? report : undefined;
    } catch {
      return undefined;
    }
  }

  get words(): string {
    if (this.#packed !== undefined && !this.#isWhole) return "its report is broken off";
    const last = this.#progress.filter((line) => line.trim() !== "").slice(-shownLines);
    return last.length === 0 ? "it wrote nothing" : `its last words: ${oneLine(last.join(" / "), 400)}`;
  }
}

function isReport(value: unknown): value is Report {
  return typeof value === "object" && value !== null && "schema" in value && value.schema === "plano-affinity/report/v1";
}
