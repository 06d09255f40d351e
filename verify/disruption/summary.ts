import type { Finding, SessionReport } from "../report/report";
import type { DisruptionEvent } from "./event";
import type { PinRequests } from "./traffic";

/** What a check that disturbs the deployment has come to. */
export interface Outcome {
  readonly events: readonly DisruptionEvent[];
  /** Those that the events were judged by. */
  readonly sessions: readonly SessionReport[];
  /** Titles of the events that were still to come. */
  readonly notBegun: readonly string[];
  /** What was left out from the start, and why. */
  readonly leftOut: string | undefined;
  /** What was done for a deployment that no longer shared sessions. */
  readonly mended: string | undefined;
  /** Why the deployment is not as it was. */
  readonly leftover: string | undefined;
  readonly durationMs: number;
}

/** Pure: the finding of the check. @param passed beginning of the sentence for a pass */
export function findingOf(outcome: Outcome, passed: string): Finding {
  const { events, sessions, notBegun, leftOut = null, mended = null, leftover = null, durationMs } = outcome;
  const bad = events.find(({ verdict }) => verdict === "fail") ?? events.find(({ verdict }) => verdict === "unknown");
  const verdict = bad?.verdict ?? (events.length === 0 || notBegun.length > 0 || leftover !== null ? "unknown" : "pass");
  const parts = [
    bad && `${inSentence(bad.title)}: ${bad.summary}`,
    verdict === "pass" && `${passed}: ${events.map(recovered).join(", ")}`,
    mended,
    notBegun.length > 0 && `not begun: ${notBegun.map(inSentence).join(", ")}`,
    events.length > 0 && requestsOf(events),
    verdict === "pass" && "all pins held",
    leftOut,
    leftover,
  ];
  const summary = parts.filter((part) => typeof part === "string").join("; ");
  return { verdict, summary, evidence: { durationMs, events, notBegun, leftOut, mended, leftover }, sessions };
}

function recovered({ title, landedMs, recoveredMs }: DisruptionEvent): string {
  return `${inSentence(title)} ${(((recoveredMs ?? 0) - (landedMs ?? 0)) / 1000).toFixed(1)} s`;
}

function requestsOf(events: readonly DisruptionEvent[]): string {
  const sum = (of: keyof PinRequests): string =>
    events.reduce((total, { requests }) => total + requests[of], 0).toLocaleString("en-US");
  const misrouted = sum("misrouted");
  const meanwhile = misrouted === "0" ? "" : `, ${misrouted} misrouted meanwhile`;
  return `${sum("lost")} of ${sum("total")} requests lost${meanwhile}`;
}

/** Pure: a title within a sentence. A name keeps its capital. */
function inSentence(title: string): string {
  return title.startsWith("Redis") ? title : `${title.charAt(0).toLowerCase()}${title.slice(1)}`;
}
