import type { AnswerVerdict } from "./pinned-session";
import type { Window } from "./windows";

/** How a request went: through the service, or to a pod by itself. */
export type Way = "service" | "pod";

/** Requests of one way. */
export type WayCount = { readonly sent: number; readonly failed: number };

/** Requests that failed alike. */
export type FailureGroup = {
  readonly way: Way;
  readonly cause: string;
  /** The fault during which they were sent or failed: index of its window, in a report its position; null: it was quiet. */
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

/** Requests during one fault, or while it was quiet. */
export interface WindowCount {
  sent: number;
  failed: number;
  misrouted: number;
}

export interface Failure {
  readonly way: Way;
  readonly cause: string;
  readonly window: Window | undefined;
  readonly outage: boolean;
  readonly podLeft: boolean;
}

/** Examples that are kept, and different failures that are told apart; what is beyond is only counted. */
const keptExamples = 20;
const keptGroups = 200;

/** Counts what became of the requests. Its size does not depend on their number. */
export class Tally {
  readonly #ways = { service: { sent: 0, failed: 0 }, pod: { sent: 0, failed: 0 } };
  readonly #answers: Record<AnswerVerdict, number> = { held: 0, unjudged: 0, inside: 0, lost: 0, outside: 0 };
  readonly #failures = new Map<string, { group: Omit<FailureGroup, "count">; count: number }>();
  readonly #windows = new Map<number, WindowCount>();
  readonly examples: ViolationExample[] = [];
  /** Sessions that were begun; whose first request was answered; and of these with a violation outside of outages. */
  readonly sessions = { begun: 0, answered: 0, violated: 0 };
  /** Requests that were due and not sent, as too many were under way. */
  skipped = 0;

  sent(way: Way, window: Window | undefined): void {
    this.#ways[way].sent++;
    this.during(window?.index).sent++;
  }

  failed({ way, cause, window, outage, podLeft }: Failure): void {
    this.#ways[way].failed++;
    this.during(window?.index).failed++;
    const group = { way, cause: withoutNames(cause), fault: window?.index ?? null, outage, podLeft };
    const isKept = this.#failures.size < keptGroups || this.#failures.has(JSON.stringify(group));
    this.#count(isKept ? group : { ...group, cause: "other causes", fault: null });
  }

  #count(group: Omit<FailureGroup, "count">): void {
    const key = JSON.stringify(group);
    const known = this.#failures.get(key);
    if (known === undefined) this.#failures.set(key, { group, count: 1 });
    else known.count++;
  }

  judged(verdict: AnswerVerdict, window: Window | undefined): void {
    this.#answers[verdict]++;
    if (verdict !== "held" && verdict !== "unjudged") this.during(window?.index).misrouted++;
  }

  example(example: ViolationExample): void {
    if (this.examples.length < keptExamples) this.examples.push(example);
  }

  /** Requests during the window of an index; without one, while it was quiet. */
  during(index: number | undefined): WindowCount {
    const known = this.#windows.get(index ?? -1);
    if (known !== undefined) return known;
    const count: WindowCount = { sent: 0, failed: 0, misrouted: 0 };
    this.#windows.set(index ?? -1, count);
    return count;
  }

  ways(): { readonly service: WayCount; readonly pod: WayCount } {
    return { service: { ...this.#ways.service }, pod: { ...this.#ways.pod } };
  }

  answers(): Readonly<Record<AnswerVerdict, number>> {
    return { ...this.#answers };
  }

  /** The most frequent first. */
  failures(): FailureGroup[] {
    return [...this.#failures.values()].map(({ group, count }) => ({ ...group, count })).sort((a, b) => b.count - a.count);
  }
}

/** What the kubelet says of a broken tunnel names the pod and its network: failures that are alike would not look so. */
function withoutNames(cause: string): string {
  return cause.replace(/: error forwarding port .*$/s, ", through a tunnel");
}
