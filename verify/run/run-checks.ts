import { disruptiveChecks } from "../check-ids";
import { reasonOf, Unmeasurable } from "../common/errors";
import type { Finding, CheckReport, SessionReport } from "../report/report";
import type { Check, Played, RunningCheck } from "./check";
import type { RunContext } from "./context";
import type { SessionWatcher } from "./play-sessions";

interface Entry {
  readonly id: string;
  readonly disruptive: boolean;
  readonly running?: RunningCheck;
  broken?: string;
}

/** Why checks cannot conclude, and the one that can all the same. */
export interface Instead {
  readonly reason: string;
  readonly except?: string;
}

export interface Conclusion {
  readonly checks: readonly CheckReport[];
  readonly sessions: readonly SessionReport[];
}

/** The checks of a run under way: a check that breaks becomes `unknown` and leaves the others alone. */
export class RunningChecks implements AsyncDisposable {
  readonly #run: RunContext;
  readonly #checks: readonly Entry[];

  private constructor(run: RunContext, checks: readonly Entry[]) {
    this.#run = run;
    this.#checks = checks;
  }

  static async begin(run: RunContext, checks: readonly Check[]): Promise<RunningChecks> {
    return new RunningChecks(
      run,
      await Promise.all(
        checks.map(async (check): Promise<Entry> => {
          const { id } = check;
          const disruptive = disruptiveChecks.some((it) => it === id);
          try {
            return { id, disruptive, running: await check.begin(run) };
          } catch (error) {
            return { id, disruptive, broken: unmeasurable(error) };
          }
        }),
      ),
    );
  }

  /** The checks' wishes to look at sessions, guarded so that none of them can end the run. */
  watchers(): SessionWatcher[] {
    return this.#checks.map((check): SessionWatcher => {
      const guarded = async (look: (running: RunningCheck) => Promise<void> | undefined): Promise<void> => {
        if (check.running === undefined || check.broken !== undefined) return;
        try {
          await look(check.running);
        } catch (error) {
          check.broken = unmeasurable(error);
        }
      };
      return {
        starting: (session) => guarded((running) => running.starting?.(session)),
        firstAnswered: (session) => guarded((running) => running.firstAnswered?.(session)),
        lastRoundStarting: (session) => guarded((running) => running.lastRoundStarting?.(session)),
        ended: (session, judgement, choice) => check.running?.ended?.(session, judgement, choice),
      };
    });
  }

  /**
   * Concludes the checks that leave the deployment alone, or those that do not.
   * @param instead why nothing can be concluded, and the one check that can all the same
   */
  async conclude(
    played: Played,
    { disruptive, instead }: { readonly disruptive: boolean; readonly instead?: Instead },
  ): Promise<Conclusion> {
    const checks: CheckReport[] = [];
    const sessions: SessionReport[] = [];
    for (const entry of this.#checks.filter((it) => it.disruptive === disruptive)) {
      const startedAt = this.#run.clock.now();
      const { sessions: own = [], ...finding } = await this.#findingOf(entry, played, instead);
      checks.push({ id: entry.id, ...finding, durationMs: Math.round(this.#run.clock.now() - startedAt) });
      sessions.push(...own);
    }
    return { checks, sessions };
  }

  async #findingOf({ id, running, broken }: Entry, played: Played, instead?: Instead): Promise<Finding> {
    const unknown = (summary: string): Finding => ({ verdict: "unknown", summary, evidence: {} });
    if (broken !== undefined || running === undefined) return unknown(broken ?? "could not be started");
    if (this.#run.signal.aborted) return unknown("interrupted");
    if (instead !== undefined && instead.except !== id) return unknown(instead.reason);
    try {
      const finding = await running.conclude(played);
      const cutShort = this.#run.signal.aborted && finding.verdict === "pass";
      return cutShort ? { ...finding, verdict: "unknown", summary: "interrupted" } : finding;
    } catch (error) {
      return unknown(unmeasurable(error));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { running } of this.#checks) await running?.[Symbol.asyncDispose]?.();
  }
}

/** The reason of an Unmeasurable; anything else is a bug of the verifier and must not be taken for a finding. */
function unmeasurable(error: unknown): string {
  if (error instanceof Unmeasurable) return error.message;
  throw new Error(`the verifier failed: ${reasonOf(error)}`, { cause: error });
}
