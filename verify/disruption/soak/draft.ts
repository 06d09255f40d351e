import type { Clock } from "../../common/clock";
import type { ConductedFault } from "./conduct";
import type { LiveSessions } from "./live-sessions";
import type { SoakOptions } from "./options";
import type { FaultReport, SoakReport } from "./report";
import type { FailureGroup, Tally } from "./tally";
import { trendOf, type UsageReport } from "./usage";
import { judgeSoak, type SoakFacts } from "./verdict";

/** What a run has come to. */
export interface SoakOutcome {
  readonly tally: Tally;
  readonly live: Pick<LiveSessions, "peak" | "least">;
  readonly faults: readonly ConductedFault[];
  /** When the traffic began, and when as many sessions lived as were wanted. Milliseconds of the run's clock. */
  readonly begunAt: number;
  readonly allLiveAt: number | undefined;
  readonly leftOut: string | undefined;
  readonly leftover: string | undefined;
  readonly usage: UsageReport;
  readonly interrupted: boolean;
}

/** A report whose run has begun. */
export class SoakDraft {
  readonly #startedAt = new Date();
  readonly #startedMs: number;
  /** Set as soon as it is known. */
  service = "";

  constructor(
    private readonly clock: Clock,
    private readonly options: SoakOptions,
    private readonly target: string,
  ) {
    this.#startedMs = clock.now();
  }

  finish({ tally, live, faults, begunAt, allLiveAt, leftOut, leftover, usage, interrupted }: SoakOutcome): SoakReport {
    const { begun, answered, violated } = tally.sessions;
    const facts: SoakFacts = {
      ...this.#common(),
      sessions: {
        peak: live.peak,
        least: live.least ?? null,
        allLiveMs: allLiveAt === undefined ? null : Math.round(allLiveAt - begunAt),
        begun,
        unanswered: begun - answered,
        violated,
      },
      requests: { ...tally.ways(), skipped: tally.skipped },
      failures: failuresByFault(tally.failures(), faults),
      answers: tally.answers(),
      faults: faults.map((fault) => faultReport(fault, begunAt, tally)),
      leftOut: leftOut ?? null,
      leftover: leftover ?? null,
      usage,
    };
    return this.#report(facts, judgeSoak(facts, { interrupted }), tally.examples);
  }

  /** The report of a run that came to nothing. */
  unmeasured(problem: string, interrupted = false): SoakReport {
    const nothing = { sent: 0, failed: 0 };
    const facts: SoakFacts = {
      ...this.#common(),
      sessions: { peak: 0, least: null, allLiveMs: null, begun: 0, unanswered: 0, violated: 0 },
      requests: { service: nothing, pod: nothing, skipped: 0 },
      failures: [],
      answers: { held: 0, unjudged: 0, inside: 0, lost: 0, outside: 0 },
      faults: [],
      leftOut: null,
      leftover: null,
      usage: { memoryMib: trendOf([], "memoryMib"), handles: trendOf([], "handles"), samples: [] },
    };
    return this.#report(facts, judgeSoak(facts, { interrupted, problem }), []);
  }

  #common(): Pick<SoakFacts, "durationMs" | "settings"> {
    const { minutes, sessions, rate, ttlSeconds, seed, faults, recoverWithinSeconds } = this.options;
    return {
      durationMs: Math.round(this.clock.now() - this.#startedMs),
      settings: { minutes, sessions, rate, ttlSeconds, seed, faults, recoverWithinSeconds },
    };
  }

  #report(facts: SoakFacts, judgement: ReturnType<typeof judgeSoak>, violations: SoakReport["violations"]): SoakReport {
    const head = { startedAt: this.#startedAt.toISOString(), target: this.target, service: this.service };
    return { schema: "plano-affinity/soak/v1", ...judgement, ...head, ...facts, violations };
  }
}

/** Pure: a fault with its times counted from the beginning of the run. */
function faultReport(fault: ConductedFault, begunAt: number, tally: Pick<Tally, "during">): FaultReport {
  const { id, title, target, verdict, proof, summary, window } = fault;
  const since = (at: number): number => Math.round(at - begunAt);
  const sinceOrNull = (at: number | undefined): number | null => (at === undefined ? null : since(at));
  return {
    id,
    title,
    target,
    startedMs: since(fault.startedAt),
    landedMs: sinceOrNull(fault.landedAt),
    redisBackMs: sinceOrNull(fault.redisBackAt),
    recoveredMs: sinceOrNull(fault.recoveredAt),
    endedMs: since(fault.endedAt),
    verdict,
    proof,
    summary,
    requests: window === undefined ? { sent: 0, failed: 0, misrouted: 0 } : { ...tally.during(window.index) },
  };
}

/** Pure: failures with the position of their fault in the list; a fault for which nothing was done has no window. */
function failuresByFault(failures: readonly FailureGroup[], faults: readonly Pick<ConductedFault, "window">[]): FailureGroup[] {
  const places = new Map(faults.map(({ window }, i) => [window?.index, i]));
  return failures.map((group) => ({ ...group, fault: group.fault === null ? null : (places.get(group.fault) ?? null) }));
}
