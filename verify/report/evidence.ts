import type { CheckReport, Json, Verdict } from "./report";

// Evidence that the HTML report shows in a form of its own, whichever check leaves it.

/** Latencies of one replica's answered requests, in milliseconds: `evidence.latencies`. */
export type Latencies = {
  readonly replica: string;
  readonly count: number;
  readonly p50Ms: number | null;
  readonly p90Ms: number | null;
  readonly p99Ms: number | null;
  readonly maxMs: number | null;
};

/** A fault or a change of scale: `evidence.events`. Times are milliseconds since the check began. */
export interface DrawnEvent {
  readonly title: string;
  readonly target: string;
  readonly startedMs: number;
  readonly landedMs: number | null;
  /** Null: the deployment did not recover. */
  readonly recoveredMs: number | null;
  readonly endedMs: number;
  readonly verdict: Verdict;
  readonly proof: string;
  readonly requests: { readonly total: number; readonly lost: number; readonly misrouted: number };
  readonly summary: string;
}

/** A request as its spans tell it: `evidence.waterfalls`. Times are milliseconds since the first span began. */
export type Waterfall = {
  readonly session: string;
  /** `first request`, `pinned request`. */
  readonly request: string;
  readonly replica: string;
  readonly routed: boolean;
  readonly traceId: string;
  /** By their beginning; of very many the first. */
  readonly spans: readonly {
    readonly service: string;
    readonly operation: string;
    /** Null where the span names none. */
    readonly pod: string | null;
    readonly startMs: number;
    readonly durationMs: number;
  }[];
  /** How many spans there are. */
  readonly spanCount: number;
};

export const latenciesIn = listIn<Latencies>("latencies", "p50Ms");
export const eventsIn = listIn<DrawnEvent>("events", "startedMs");
export const waterfallsIn = listIn<Waterfall>("waterfalls", "spans");

/** Finds the list under the key, if its items are objects with the member; else an empty one. */
function listIn<T>(key: string, member: string): (check: CheckReport) => readonly T[] {
  const has = (item: Json): boolean => typeof item === "object" && item !== null && member in item;
  return ({ evidence: { [key]: value } }) => (Array.isArray(value) && value.every(has) ? (value as readonly T[]) : []);
}
