import type { Finding, SessionReport } from "../report/report";
import type { DisruptionEvent } from "./event";

/** An event, and the sessions that it was judged by. */
export interface EventOutcome {
  readonly event: DisruptionEvent;
  readonly sessions: readonly SessionReport[];
}

export interface FindingTerms {
  readonly outcomes: readonly EventOutcome[];
  /** Titles of the events that were still to come. */
  readonly notBegun: readonly string[];
  /** What was left out from the start, and why. */
  readonly leftOut: string | undefined;
  /** What was done for a deployment that no longer shared sessions. */
  readonly mended: string | undefined;
  /** Why the deployment is not as it was. */
  readonly leftover: string | undefined;
  /** Beginning of the sentence for a pass. */
  readonly passed: string;
  readonly durationMs: number;
}

/** Pure: the finding of a check that disturbs the deployment. */
export function findingOf(terms: FindingTerms): Finding {
  const { outcomes, notBegun, leftOut, mended, leftover } = terms;
  const events = outcomes.map(({ event }) => event);
  const bad = events.find(({ verdict }) => verdict === "fail") ?? events.find(({ verdict }) => verdict === "unknown");
  const verdict = bad?.verdict ?? (events.length === 0 || notBegun.length > 0 || leftover !== undefined ? "unknown" : "pass");
  const parts = [
    bad && `${inSentence(bad.title)}: ${bad.summary}`,
    verdict === "pass" ? `${terms.passed}: ${events.map(recovered).join(", ")}` : undefined,
    mended,
    notBegun.length > 0 ? `not begun: ${notBegun.map(inSentence).join(", ")}` : undefined,
    events.length > 0 ? requestsOf(events) : undefined,
    verdict === "pass" ? "all pins held" : undefined,
    leftOut,
    leftover,
  ];
  return {
    verdict,
    summary: parts.filter((part) => part !== undefined).join("; "),
    evidence: {
      durationMs: terms.durationMs,
      events,
      notBegun,
      leftOut: leftOut ?? null,
      mended: mended ?? null,
      leftover: leftover ?? null,
    },
    sessions: outcomes.flatMap(({ sessions }) => sessions),
  };
}

function recovered({ title, landedMs, recoveredMs }: DisruptionEvent): string {
  return `${inSentence(title)} ${(((recoveredMs ?? 0) - (landedMs ?? 0)) / 1000).toFixed(1)} s`;
}

function requestsOf(events: readonly DisruptionEvent[]): string {
  const sum = (count: (event: DisruptionEvent) => number): string =>
    events.reduce((total, event) => total + count(event), 0).toLocaleString("en-US");
  const misrouted = sum(({ requests }) => requests.misrouted);
  const meanwhile = misrouted === "0" ? "" : `, ${misrouted} misrouted meanwhile`;
  return `${sum(({ requests }) => requests.lost)} of ${sum(({ requests }) => requests.total)} requests lost${meanwhile}`;
}

/** Pure: a title within a sentence. A name keeps its capital. */
function inSentence(title: string): string {
  return title.startsWith("Redis") ? title : `${title.charAt(0).toLowerCase()}${title.slice(1)}`;
}
