import type { CheckReport, Json, Verdict } from "./report";

/** Latencies of one replica, as the check `pinning` leaves them in its evidence. */
export interface Latencies {
  readonly replica: string;
  readonly count: number;
  readonly p50Ms: number | null;
  readonly p90Ms: number | null;
  readonly p99Ms: number | null;
  readonly maxMs: number | null;
  /** Each counts what is not slower than `leMs` and slower than the one before; null: no end. */
  readonly buckets: readonly { readonly leMs: number | null; readonly count: number }[];
}

/** A fault or a change of scale. Times are milliseconds since the check began. */
export interface DisruptionEvent {
  readonly title: string;
  readonly target: string;
  readonly startedMs: number;
  /** Null: it did not land. */
  readonly landedMs: number | null;
  /** Null: the deployment did not recover. */
  readonly recoveredMs: number | null;
  readonly endedMs: number;
  readonly verdict: Verdict;
  /** What shows that it landed. */
  readonly proof: string;
  readonly requests: { readonly total: number; readonly lost: number; readonly misrouted: number };
  readonly summary: string;
}

/** The events of one check, and how long it took altogether. */
export interface Disruption {
  readonly durationMs: number;
  readonly events: readonly DisruptionEvent[];
}

/** One session of a trial. Times are milliseconds since the session's first request. */
export interface HistoryOfSession {
  readonly id: string;
  readonly events: readonly {
    readonly replica: string;
    readonly invokedMs: number;
    readonly returnedMs: number;
    readonly model: string | null;
  }[];
}

type Members = { readonly [key: string]: Json };
type Parse<T> = (value: Json | undefined) => T | undefined;

/** Pure: latencies where the evidence holds them in this shape; else undefined. */
export function latenciesIn(check: CheckReport): readonly Latencies[] | undefined {
  return nonEmpty(
    list((value): Latencies | undefined =>
      shape(value, (it) => ({
        replica: text(it["replica"]),
        count: amount(it["count"]),
        p50Ms: orNull(amount)(it["p50Ms"]),
        p90Ms: orNull(amount)(it["p90Ms"]),
        p99Ms: orNull(amount)(it["p99Ms"]),
        maxMs: orNull(amount)(it["maxMs"]),
        buckets: list((bucket) => shape(bucket, ({ leMs, count }) => ({ leMs: orNull(amount)(leMs), count: amount(count) })))(
          it["buckets"],
        ),
      })),
    )(check.evidence["latencies"]),
  );
}

/** Pure: events where the evidence holds them in this shape; else undefined. */
export function disruptionIn({ evidence, durationMs }: CheckReport): Disruption | undefined {
  const events = nonEmpty(
    list((value): DisruptionEvent | undefined =>
      shape(value, (it) => ({
        title: text(it["title"]),
        target: text(it["target"]) ?? "",
        startedMs: amount(it["startedMs"]),
        landedMs: orNull(amount)(it["landedMs"]),
        recoveredMs: orNull(amount)(it["recoveredMs"]),
        endedMs: amount(it["endedMs"]),
        verdict: verdictOf(it["verdict"]),
        proof: text(it["proof"]) ?? "",
        requests: requestsOf(it["requests"]),
        summary: text(it["summary"]) ?? "",
      })),
    )(evidence["events"]),
  );
  if (events === undefined) return undefined;
  const end = Math.max(amount(evidence["durationMs"]) ?? durationMs, ...events.map(({ endedMs }) => endedMs));
  return { events, durationMs: end };
}

/**
 * Pure: the first histories of sessions, where the evidence holds them in this shape; else undefined. Sessions that were
 * not begun are passed over.
 */
export function historiesIn(check: CheckReport, limit: number): readonly HistoryOfSession[] | undefined {
  const histories = list((value): HistoryOfSession | undefined =>
    shape(value, (it) => ({
      id: text(it["id"]),
      events: list((event) =>
        shape(event, ({ replica, invokedMs, returnedMs, model }) => ({
          replica: text(replica),
          invokedMs: amount(invokedMs),
          returnedMs: amount(returnedMs),
          model: orNull(text)(model),
        })),
      )(it["events"]),
    })),
  )(check.evidence["sessions"]);
  return nonEmpty(histories?.filter(({ events }) => events.length > 0).slice(0, limit));
}

function requestsOf(value: Json | undefined): DisruptionEvent["requests"] | undefined {
  return shape(value, ({ total, lost, misrouted }) => ({
    total: amount(total),
    lost: amount(lost),
    misrouted: misrouted === undefined ? 0 : amount(misrouted),
  }));
}

/** All members, or nothing: a value with a member that does not fit is no value of that shape. */
function shape<T extends object>(
  value: Json | undefined,
  read: (members: Members) => { [K in keyof T]: T[K] | undefined },
): T | undefined {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return undefined;
  const members = read(value as Members);
  return Object.values(members).includes(undefined) ? undefined : (members as T);
}

function list<T>(parse: Parse<T>): Parse<readonly T[]> {
  return (value) => {
    if (!Array.isArray(value)) return undefined;
    const parsed = value.map(parse);
    return parsed.includes(undefined) ? undefined : (parsed as T[]);
  };
}

function nonEmpty<T>(values: readonly T[] | undefined): readonly T[] | undefined {
  return values === undefined || values.length === 0 ? undefined : values;
}

function orNull<T>(parse: Parse<T>): Parse<T | null> {
  return (value) => (value === null ? null : parse(value));
}

/** A number that a chart can bear. */
function amount(value: Json | undefined): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
}

function text(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function verdictOf(value: Json | undefined): Verdict | undefined {
  return value === "pass" || value === "fail" || value === "unknown" ? value : undefined;
}
