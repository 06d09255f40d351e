import type { AnswerVerdict, Window } from "./sessions";

/** How a request went: through the service, or to a pod by itself. */
export type Way = "service" | "pod";

/** Requests that failed alike. */
export type FailureGroup = {
  readonly way: Way;
  readonly cause: string;
  /** The fault during which they were sent or failed, by its position in the report; null: it was quiet. */
  readonly fault: number | null;
  /** Redis was out of reach, or had not been found again. */
  readonly outage: boolean;
  /** The pod that was asked was ending, or not ready during a fault, which its clients must expect; never for the service. */
  readonly podLeft: boolean;
  readonly count: number;
};

/** An answer that a pin does not allow. */
export type ViolationExample = {
  readonly kind: "lost" | "outside";
  readonly session: string;
  readonly sentence: string;
  /** When the request was sent, in milliseconds since the run began. */
  readonly atMs: number;
};

/** Examples that are kept, and different failures that are told apart; what is beyond is only counted. */
const keptExamples = 20;
const keptGroups = 200;

/** Counts what became of the requests. Its size does not depend on their number. */
export class Tally {
  readonly ways = { service: { sent: 0, failed: 0 }, pod: { sent: 0, failed: 0 } };
  readonly answers: Record<AnswerVerdict, number> = { held: 0, unjudged: 0, inside: 0, lost: 0, outside: 0 };
  readonly examples: ViolationExample[] = [];
  /** Sessions that were begun; whose first request was answered; and of these with a violation. */
  readonly sessions = { begun: 0, answered: 0, violated: 0 };
  /** Requests that were due and not sent, as all sessions were being asked or too many requests were under way. */
  skipped = 0;
  readonly #failures = new Map<string, FailureGroup>();

  sent(way: Way, window: Window | undefined): void {
    this.ways[way].sent++;
    if (window !== undefined) window.requests.sent++;
  }

  failed(failure: Omit<FailureGroup, "count" | "fault">, window: Window | undefined): void {
    this.ways[failure.way].failed++;
    if (window !== undefined) window.requests.failed++;
    const alike = { ...failure, cause: withoutNames(failure.cause), fault: window?.fault ?? null };
    const isKept = this.#failures.size < keptGroups || this.#failures.has(JSON.stringify(alike));
    const group = isKept ? alike : { ...alike, cause: "other causes", fault: null };
    const key = JSON.stringify(group);
    this.#failures.set(key, { ...group, count: (this.#failures.get(key)?.count ?? 0) + 1 });
  }

  judged(verdict: AnswerVerdict, window: Window | undefined): void {
    this.answers[verdict]++;
    if (window !== undefined && verdict !== "held" && verdict !== "unjudged") window.requests.misrouted++;
  }

  violation(example: ViolationExample): void {
    this.sessions.violated++;
    if (this.examples.length < keptExamples) this.examples.push(example);
  }

  /** The most frequent first. */
  failures(): FailureGroup[] {
    return [...this.#failures.values()].sort((a, b) => b.count - a.count);
  }
}

/** What the kubelet says of a broken tunnel names the pod and its network: failures that are alike would not look so. */
function withoutNames(cause: string): string {
  return cause.replace(/: error forwarding port .*$/s, ", through a tunnel");
}
