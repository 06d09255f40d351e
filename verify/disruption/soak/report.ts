import { disturbances } from "..";
import type { Verdict } from "../../report/report";
import { describeTarget } from "../../targets";
import type { EventReport } from "../event";
import type { SoakOptions } from "./options";
import { LiveSessions, Windows, type Window } from "./sessions";
import { Tally, type Way } from "./tally";

export type SoakReport = ReturnType<typeof soakReport>;
export type SoakFacts = ReturnType<typeof factsOf>;
export type FaultReport = EventReport & Pick<Window, "requests">;

/** What a run comes to; it is filled in as the run goes on. */
export type SoakOutcome = ReturnType<typeof newOutcome>;

export function newOutcome() {
  return {
    startedAt: new Date().toISOString(),
    durationMs: 0,
    /** Address of the service; empty when none was found. */
    service: "",
    interrupted: false,
    /** Why nothing was measured. */
    problem: null as string | null,
    tally: new Tally(),
    live: new LiveSessions(),
    faults: [] as FaultReport[],
    windows: new Windows(),
    leftOut: null as string | null,
    /** What the deployment makes of the settings: its replicas restart one after another, and it has a pace. */
    fitted: {} as Partial<Pick<SoakOptions, "rate" | "sessions" | "recoverWithinSeconds">>,
    leftover: null as string | null,
  };
}

/** Pure: the report. `schema.json` beside this file describes it. */
export function soakReport(options: SoakOptions, outcome: SoakOutcome) {
  const { startedAt, service, tally } = outcome;
  const facts = factsOf(options, outcome);
  const head = { schema: "plano-affinity/soak/v1", ...judgeSoak(facts, outcome), startedAt } as const;
  return { ...head, target: describeTarget(options.target), service, ...facts, violations: tally.examples };
}

/** Pure: what was measured, as the report holds it. Times are milliseconds since the run began. */
function factsOf(options: SoakOptions, outcome: SoakOutcome) {
  const { minutes, sessions, rate, ttlSeconds, faults, recoverWithinSeconds } = options;
  const { durationMs, tally, live, faults: conducted, leftOut, leftover } = outcome;
  const { begun, answered, violated } = tally.sessions;
  const { peak, least, allLiveMs } = live;
  return {
    durationMs,
    settings: { minutes, sessions, rate, ttlSeconds, faults, recoverWithinSeconds },
    sessions: { peak, least, allLiveMs, begun, unanswered: begun - answered, violated },
    requests: { ...tally.ways, skipped: tally.skipped },
    failures: tally.failures(),
    answers: tally.answers,
    faults: conducted,
    leftOut,
    leftover,
  };
}

/** Least share of the requests that were due. */
const leastSent = 0.9;

/** Sessions that may be missing while those whose pins run out are replaced: a share of those wanted, or so many. */
const mayBeMissing = { share: 0.02, amount: 2 } as const;

/** Ids of the faults that disturb Redis. */
const outages: ReadonlySet<string> = new Set(disturbances.flatMap(({ id, outage }) => (outage === true ? [id] : [])));

/** Pure: one broken promise fails the soak; whatever keeps it from being a full measurement makes it unknown. */
export function judgeSoak(
  facts: SoakFacts,
  { interrupted, problem }: Pick<SoakOutcome, "interrupted" | "problem">,
): { readonly verdict: Verdict; readonly reason: string | null } {
  const failed = failuresOf(facts);
  if (interrupted) return { verdict: "unknown", reason: ["interrupted", ...failed].join("; so far: ") };
  if (failed.length > 0) return { verdict: "fail", reason: failed.join("; ") };
  const unknown = problem === null ? gapsOf(facts) : [problem];
  return unknown.length === 0 ? { verdict: "pass", reason: null } : { verdict: "unknown", reason: unknown.join("; ") };
}

function failuresOf({ answers, failures, faults, settings }: SoakFacts): string[] {
  const unexplained = (way: Way, what: string): string | undefined => {
    const groups = failures.filter((group) => group.way === way && !group.outage && !group.podLeft);
    const count = groups.reduce((sum, group) => sum + group.count, 0);
    return groups[0] && `${count} requests through ${what} failed, e.g. ${groups[0].cause}`;
  };
  const limit = settings.recoverWithinSeconds;
  const isLate = (back: number | null, recovered: number | null): boolean =>
    back !== null && recovered !== null && recovered - back > limit * 1_000;
  return [
    answers.outside > 0 && `${answers.outside} answers with another model than the pin's outside of any outage of Redis`,
    answers.lost > 0 && `${answers.lost} pins did not outlive an outage of Redis`,
    unexplained("service", "the service"),
    unexplained("pod", "a pod that was not told to end"),
    ...faults.map(({ title, verdict, summary }) => verdict === "fail" && `${title}: ${summary}`),
    ...faults.map(({ title, redisBackMs, recoveredMs }) => {
      return isLate(redisBackMs, recoveredMs) && `${title}: affinity was not back within ${limit} s of Redis`;
    }),
  ].filter((it) => typeof it === "string");
}

function gapsOf({ faults, leftOut, leftover, requests, sessions, settings }: SoakFacts): string[] {
  const { service, pod, skipped } = requests;
  const { peak, least, allLiveMs } = sessions;
  const wanted = settings.sessions;
  const enough = wanted - Math.max(mayBeMissing.amount, mayBeMissing.share * wanted);
  const sent = service.sent + pod.sent;
  // Why one that had its turn did not land is said of itself.
  const told = new Set(faults.flatMap(({ id, landedMs, verdict }) => (landedMs === null && verdict === "pass" ? [] : [id])));
  const missing = settings.faults.filter((id) => !told.has(id) && !(leftOut !== null && outages.has(id)));
  return [
    allLiveMs === null && `at most ${peak} sessions lived at the same time, not ${wanted}`,
    least !== null && least < enough && `only ${least} of ${wanted} sessions lived at one time, although all had before`,
    service.sent === service.failed && "no request through the service was answered",
    pod.sent === pod.failed && "no request to a pod by itself was answered",
    sent < leastSent * (sent + skipped) && `${skipped} requests that were due could not be sent (--rate)`,
    ...faults.map(({ title, verdict, summary }) => verdict === "unknown" && `${title}: ${summary}`),
    settings.faults.length === 0 && "nothing was disturbed",
    missing.length > 0 && `there was no time for: ${missing.join(", ")} (--minutes)`,
    leftOut,
    leftover,
  ].filter((it) => typeof it === "string");
}
