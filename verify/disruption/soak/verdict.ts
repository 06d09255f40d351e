import type { Verdict } from "../../report/report";
import type { FaultReport, SoakReport } from "./report";
import { redisFaults } from "./schedule";

export type SoakFacts = Omit<SoakReport, "schema" | "verdict" | "reason" | "startedAt" | "target" | "service" | "violations">;

/** Least share of the requests that were due. */
const leastSent = 0.9;

/** Sessions that may be missing while those whose pins run out are replaced: a share of those wanted, or so many. */
const mayBeMissing = { share: 0.02, amount: 2 } as const;

/** Pure: one broken promise fails the soak; whatever keeps it from being a full measurement makes it unknown. */
export function judgeSoak(
  facts: SoakFacts,
  { interrupted, problem }: { readonly interrupted: boolean; readonly problem?: string },
): { readonly verdict: Verdict; readonly reason: string | null } {
  const failed = failuresOf(facts);
  if (interrupted) return { verdict: "unknown", reason: ["interrupted", ...failed].join("; so far: ") };
  const [failure, ...more] = failed;
  if (failure !== undefined) return { verdict: "fail", reason: [failure, ...more].join("; ") };
  const unknown = problem === undefined ? gapsOf(facts) : [problem];
  return unknown.length === 0 ? { verdict: "pass", reason: null } : { verdict: "unknown", reason: unknown.join("; ") };
}

function failuresOf({ answers, failures, faults, sessions, settings, usage }: SoakFacts): string[] {
  const unexplained = failures.filter(({ outage, podLeft }) => !outage && !podLeft);
  const { recoverWithinSeconds } = settings;
  const slow = faults.filter(({ redisBackMs, recoveredMs }) => {
    return redisBackMs !== null && recoveredMs !== null && recoveredMs - redisBackMs > recoverWithinSeconds * 1_000;
  });
  return [
    ...(answers.outside > 0
      ? [
          `${answers.outside} answers with another model than the pin's outside of any outage of Redis, in ${sessions.violated} sessions`,
        ]
      : []),
    ...(answers.lost > 0 ? [`${answers.lost} pins did not outlive an outage of Redis`] : []),
    ...(["service", "pod"] as const).flatMap((way) => {
      const groups = unexplained.filter((group) => group.way === way);
      if (groups.length === 0) return [];
      const count = groups.reduce((sum, group) => sum + group.count, 0);
      return [
        `${count} requests through ${way === "service" ? "the service" : "a pod that was not told to end"} failed, e.g. ${groups[0]?.cause}`,
      ];
    }),
    ...faults.filter(({ verdict }) => verdict === "fail").map(({ title, summary }) => `${title}: ${summary}`),
    ...slow.map(({ title }) => `${title}: affinity was not back within ${recoverWithinSeconds} s of Redis`),
    ...(["memoryMib", "handles"] as const).flatMap((of) => {
      const { flat, from, to } = usage[of];
      const [name, unit] = of === "memoryMib" ? ["memory", " MiB"] : ["open handles", ""];
      return flat === false ? [`the soak's own ${name} grew from ${from} to ${to}${unit}`] : [];
    }),
  ];
}

function gapsOf({ faults, leftOut, leftover, requests, sessions, settings, usage }: SoakFacts): string[] {
  const { service, pod, skipped } = requests;
  // Why one that had its turn did not land is said of itself.
  const told = new Set(faults.flatMap(({ id, landedMs, verdict }) => (landedMs === null && verdict === "pass" ? [] : [id])));
  const missing = settings.faults.filter((id) => !told.has(id) && !(leftOut !== null && isOfRedis({ id })));
  const sent = service.sent + pod.sent;
  return [
    ...(sessions.allLiveMs === null
      ? [`at most ${sessions.peak} sessions lived at the same time, not ${settings.sessions}`]
      : []),
    ...(sessions.least !== null && sessions.least < leastLiving(settings.sessions)
      ? [`only ${sessions.least} of ${settings.sessions} sessions lived at one time, although all had before`]
      : []),
    ...(service.sent === service.failed ? ["no request through the service was answered"] : []),
    ...(pod.sent === pod.failed ? ["no request to a pod by itself was answered"] : []),
    ...(sent < leastSent * (sent + skipped) ? [`${skipped} requests that were due could not be sent (--rate)`] : []),
    ...faults.filter(({ verdict }) => verdict === "unknown").map(({ title, summary }) => `${title}: ${summary}`),
    ...faults
      .filter((fault) => isOfRedis(fault) && fault.recoveredMs !== null && fault.redisBackMs === null)
      .map(({ title }) => `${title}: when Redis was back is not known, so that nothing tells how soon affinity was after it`),
    ...(settings.faults.length === 0 ? ["nothing was disturbed"] : []),
    ...(missing.length > 0 ? [`there was no time for: ${missing.join(", ")} (--minutes)`] : []),
    ...(leftOut === null ? [] : [leftOut]),
    ...(leftover === null ? [] : [leftover]),
    ...(usage.memoryMib.flat === null || usage.handles.flat === null
      ? ["too short to tell whether memory is flat (--minutes)"]
      : []),
  ];
}

function leastLiving(wanted: number): number {
  return wanted - Math.max(mayBeMissing.amount, mayBeMissing.share * wanted);
}

function isOfRedis({ id }: Pick<FaultReport, "id">): boolean {
  return (redisFaults as ReadonlySet<string>).has(id);
}
