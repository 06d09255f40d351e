import { inTime } from "../../lib/wait";
import type { CheckId } from "../check-ids";
import { Defect, Unmeasurable } from "../common/errors";
import type { Session } from "../history";
import type { CheckReport, Finding, SessionReport } from "../report/report";
import type { RunContext } from "./context";
import type { SessionRecord, SessionWatcher } from "./play-sessions";
import type { PromptChoice } from "./plan";
import type { Survey } from "./survey";

/** What all checks judge by. */
export interface Played {
  readonly survey: Survey;
  readonly control: Finding;
  readonly choice: PromptChoice;
  readonly sessions: readonly SessionRecord[];
  /** Plays more of them, up to that number. */
  readonly playTo: (count: number) => Promise<void>;
}

/** A check that is under way: it may watch the sessions being played, and then concludes. */
export interface RunningCheck extends SessionWatcher, Partial<AsyncDisposable> {
  /** @throws Unmeasurable when it cannot tell: the check is then `unknown` */
  conclude(played: Played): Promise<Finding>;
}

/**
 * One kind of evidence. It watches the sessions that all checks share, or sends requests of its own when it concludes.
 * Evidence in a shape that report/evidence.ts knows is drawn in the HTML report, whichever check it comes from.
 */
export interface Check {
  readonly id: CheckId;
  readonly title: string;
  /** It takes part in every run; where it was not asked for, it is reported only if it fails. */
  readonly alwaysBegun?: true;
  /**
   * Opens what the check needs, before the first session.
   * @throws Unmeasurable when that is not available: the check is then `unknown`
   */
  begin(run: RunContext): Promise<RunningCheck>;
}

/** Begins a check of a run. One that breaks becomes `unknown`, and leaves the others and the run alone. */
export async function beginGuarded(run: RunContext, check: Check) {
  const { clock, signal } = run;
  let broken: string | undefined;
  /** Anything but an Unmeasurable is a bug of the verifier, and must not be taken for a finding. */
  const guard = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Unmeasurable || error === signal.reason)) throw new Defect(error);
      broken = error instanceof Unmeasurable ? error.message : "interrupted";
      return undefined;
    }
  };
  /** It only looks: where the run is called off nobody waits for it. Each of its questions has a shorter limit. */
  const looking = <T>(work: () => Promise<T>) =>
    guard(() => inTime(120_000, signal, work, () => new Unmeasurable("no answer within 120 s")));
  let beginning: Promise<RunningCheck> | undefined;
  const running = await looking(() => (beginning = check.begin(run)));
  if (running === undefined) beginning?.then((late) => late[Symbol.asyncDispose]?.()).catch(() => undefined);
  const find = async (played: Played, instead?: string): Promise<Finding> => {
    const hindrance = broken ?? (signal.aborted ? "interrupted" : instead);
    const finding = hindrance === undefined ? await guard(async () => running?.conclude(played)) : undefined;
    if (finding === undefined) return { verdict: "unknown", summary: hindrance ?? broken ?? "", evidence: {} };
    const cutShort = signal.aborted && finding.verdict === "pass";
    return cutShort ? { ...finding, verdict: "unknown", summary: "interrupted" } : finding;
  };
  return {
    id: check.id,
    async look(moment: Exclude<keyof SessionWatcher, "ended">, session: Session): Promise<void> {
      if (broken === undefined && running?.[moment] !== undefined) await looking(async () => running[moment]?.(session));
    },
    ended: (...args: Parameters<NonNullable<SessionWatcher["ended"]>>): void => running?.ended?.(...args),
    /**
     * @param instead why it cannot conclude
     * @returns its report, and sessions of its own
     */
    async conclude(played: Played, instead?: string): Promise<readonly [CheckReport, readonly SessionReport[]]> {
      const startedAt = clock.now();
      const { sessions = [], ...finding } = await find(played, instead);
      return [{ id: check.id, ...finding, durationMs: Math.round(clock.now() - startedAt) }, sessions];
    },
    [Symbol.asyncDispose]: async (): Promise<void> => running?.[Symbol.asyncDispose]?.(),
  };
}
