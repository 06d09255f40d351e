import type { CheckId } from "../check-ids";
import { reasonOf, Unmeasurable } from "../common/errors";
import type { Session } from "../history";
import type { CheckReport, Finding, SessionReport } from "../report/report";
import type { RunContext } from "./context";
import type { SessionWatcher } from "./play-sessions";
import type { PromptChoice } from "./plan";
import type { SessionRecord } from "./session-record";
import type { Survey } from "./survey";

/** What all checks judge by. */
export interface Played {
  readonly survey: Survey;
  readonly choice: PromptChoice;
  /** By their index. */
  readonly sessions: readonly SessionRecord[];
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
  /** What it shows: its heading in the HTML report. */
  readonly title: string;
  /** It takes part in every run; where it was not asked for, it is reported only if it fails. */
  readonly alwaysBegun?: true;
  /**
   * Opens what the check needs, before the first session.
   * @throws Unmeasurable when that is not available: the check is then `unknown`
   */
  begin(run: RunContext): Promise<RunningCheck>;
}

/** A check of a run under way: one that breaks becomes `unknown`, and leaves the others and the run alone. */
export class GuardedCheck implements AsyncDisposable {
  #running: RunningCheck | undefined;
  #broken: string | undefined;

  private constructor(
    private readonly run: RunContext,
    readonly id: Check["id"],
  ) {}

  static async begin(run: RunContext, check: Check): Promise<GuardedCheck> {
    const guarded = new GuardedCheck(run, check.id);
    guarded.#running = await guarded.#guard(() => check.begin(run));
    return guarded;
  }

  async look(moment: Exclude<keyof SessionWatcher, "ended">, session: Session): Promise<void> {
    if (this.#broken === undefined) await this.#guard(async () => this.#running?.[moment]?.(session));
  }

  ended(...args: Parameters<NonNullable<SessionWatcher["ended"]>>): void {
    this.#running?.ended?.(...args);
  }

  /**
   * @param instead why it cannot conclude
   * @returns its report, and sessions of its own
   */
  async conclude(played: Played, instead?: string): Promise<readonly [CheckReport, readonly SessionReport[]]> {
    const { clock } = this.run;
    const startedAt = clock.now();
    const { sessions = [], ...finding } = await this.#find(played, instead);
    return [{ id: this.id, ...finding, durationMs: Math.round(clock.now() - startedAt) }, sessions];
  }

  async #find(played: Played, instead?: string): Promise<Finding> {
    const { signal } = this.run;
    const hindrance = this.#broken ?? (signal.aborted ? "interrupted" : instead);
    const finding = hindrance === undefined ? await this.#guard(async () => this.#running?.conclude(played)) : undefined;
    if (finding === undefined) return { verdict: "unknown", summary: hindrance ?? this.#broken ?? "", evidence: {} };
    const cutShort = signal.aborted && finding.verdict === "pass";
    return cutShort ? { ...finding, verdict: "unknown", summary: "interrupted" } : finding;
  }

  /** Anything but an Unmeasurable is a bug of the verifier, and must not be taken for a finding. */
  async #guard<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Unmeasurable)) throw new Error(`the verifier failed: ${reasonOf(error)}`, { cause: error });
      this.#broken = error.message;
      return undefined;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running?.[Symbol.asyncDispose]?.();
  }
}
