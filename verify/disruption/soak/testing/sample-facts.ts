import { defaultSoak } from "../options";
import { newOutcome, soakReport, type FaultReport, type SoakFacts, type SoakReport } from "../report";

/** A fault that went well. */
export function faultOf(overrides: Partial<FaultReport> = {}): FaultReport {
  return {
    id: "redis-restarted",
    title: "Redis restarted",
    target: "pod redis-0",
    startedMs: 60_000,
    landedMs: 61_000,
    redisBackMs: 63_000,
    recoveredMs: 70_000,
    endedMs: 71_000,
    verdict: "pass",
    proof: "redis-0 is gone",
    summary: "8 pins of before and 2 new ones are honoured by all 2 replicas",
    requests: { sent: 1_500, failed: 0, misrouted: 200 },
    ...overrides,
  };
}

/** The report of a soak in which all went well. */
export function factsOf(overrides: Partial<SoakFacts> = {}): SoakReport {
  return {
    ...soakReport({ ...defaultSoak, faults: ["redis-restarted"] }, newOutcome()),
    durationMs: 900_000,
    sessions: { peak: 5_000, least: 4_990, allLiveMs: 67_000, begun: 11_000, unanswered: 0, violated: 0 },
    requests: { service: { sent: 67_000, failed: 0 }, pod: { sent: 67_000, failed: 0 }, skipped: 10 },
    answers: { held: 120_000, unjudged: 0, inside: 200, lost: 0, outside: 0 },
    faults: [faultOf()],
    ...overrides,
  };
}
