import { disturbances } from "..";
import type { Verdict } from "../../report/report";
import type { SoakFacts, SoakOutcome } from "./report";

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

function failuresOf({ answers, failures, faults, sessions, settings, usage }: SoakFacts): string[] {
  const reasons: string[] = [];
  if (answers.outside > 0) {
    const what = `${answers.outside} answers with another model than the pin's outside of any outage of Redis`;
    reasons.push(`${what}, in ${sessions.violated} sessions`);
  }
  if (answers.lost > 0) reasons.push(`${answers.lost} pins did not outlive an outage of Redis`);
  for (const [way, what] of Object.entries({ service: "the service", pod: "a pod that was not told to end" })) {
    const unexplained = failures.filter((group) => group.way === way && !group.outage && !group.podLeft);
    const count = unexplained.reduce((sum, group) => sum + group.count, 0);
    if (count > 0) reasons.push(`${count} requests through ${what} failed, e.g. ${unexplained[0]?.cause}`);
  }
  for (const { title, verdict, summary } of faults) if (verdict === "fail") reasons.push(`${title}: ${summary}`);
  const { recoverWithinSeconds } = settings;
  for (const { title, redisBackMs, recoveredMs } of faults) {
    if (redisBackMs === null || recoveredMs === null || recoveredMs - redisBackMs <= recoverWithinSeconds * 1_000) continue;
    reasons.push(`${title}: affinity was not back within ${recoverWithinSeconds} s of Redis`);
  }
  for (const [what, { flat, from, to }, unit] of [
    ["memory", usage.memoryMib, " MiB"],
    ["open handles", usage.handles, ""],
  ] as const) {
    if (flat === false) reasons.push(`the soak's own ${what} grew from ${from} to ${to}${unit}`);
  }
  return reasons;
}

function gapsOf({ faults, leftOut, leftover, requests, sessions, settings, usage }: SoakFacts): string[] {
  const gaps: string[] = [];
  const { service, pod, skipped } = requests;
  const { peak, least, allLiveMs } = sessions;
  const wanted = settings.sessions;
  if (allLiveMs === null) gaps.push(`at most ${peak} sessions lived at the same time, not ${wanted}`);
  if (least !== null && least < wanted - Math.max(mayBeMissing.amount, mayBeMissing.share * wanted)) {
    gaps.push(`only ${least} of ${wanted} sessions lived at one time, although all had before`);
  }
  if (service.sent === service.failed) gaps.push("no request through the service was answered");
  if (pod.sent === pod.failed) gaps.push("no request to a pod by itself was answered");
  const sent = service.sent + pod.sent;
  if (sent < leastSent * (sent + skipped)) gaps.push(`${skipped} requests that were due could not be sent (--rate)`);
  for (const { title, verdict, summary } of faults) if (verdict === "unknown") gaps.push(`${title}: ${summary}`);
  for (const { id, title, recoveredMs, redisBackMs } of faults) {
    if (!outages.has(id) || recoveredMs === null || redisBackMs !== null) continue;
    gaps.push(`${title}: it was not seen when Redis was back, so nothing tells how soon affinity was after it`);
  }
  if (settings.faults.length === 0) gaps.push("nothing was disturbed");
  // Why one that had its turn did not land is said of itself.
  const told = new Set(faults.flatMap(({ id, landedMs, verdict }) => (landedMs === null && verdict === "pass" ? [] : [id])));
  const missing = settings.faults.filter((id) => !told.has(id) && !(leftOut !== null && outages.has(id)));
  if (missing.length > 0) gaps.push(`there was no time for: ${missing.join(", ")} (--minutes)`);
  gaps.push(...[leftOut, leftover].filter((why) => why !== null));
  const { memoryMib, handles } = usage;
  if (memoryMib.flat === null || handles.flat === null) gaps.push("too short to tell whether memory is flat (--minutes)");
  return gaps;
}
