import type { Check, Finding, Played, RunningCheck } from "../checks/check";
import { reasonOf, Unmeasurable } from "../common/errors";
import type { CheckReport } from "../report/report";
import type { RunContext } from "./context";
import type { SessionWatcher } from "./play-sessions";

interface Entry {
  readonly id: string;
  readonly running?: RunningCheck;
  /** Why it cannot tell any more. */
  broken?: string;
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
          try {
            return { id: check.id, running: await check.begin(run) };
          } catch (error) {
            return { id: check.id, broken: unmeasurable(error) };
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
        sessionsStarting: (sessions) => guarded((running) => running.sessionsStarting?.(sessions)),
        firstAnswered: (session) => guarded((running) => running.firstAnswered?.(session)),
        lastRoundStarting: (session) => guarded((running) => running.lastRoundStarting?.(session)),
      };
    });
  }

  /** @param instead why nothing can be concluded, and the one check that can all the same */
  async conclude(played: Played, instead?: { readonly reason: string; readonly except: string }): Promise<CheckReport[]> {
    const reports: CheckReport[] = [];
    for (const check of this.#checks) {
      const startedAt = this.#run.clock.now();
      let finding: Finding = { verdict: "unknown", summary: "interrupted", evidence: {} };
      if (check.broken !== undefined || check.running === undefined) {
        finding = { ...finding, summary: check.broken ?? "could not be started" };
      } else if (instead !== undefined && instead.except !== check.id) {
        finding = { ...finding, summary: instead.reason };
      } else {
        try {
          finding = await check.running.conclude(played);
        } catch (error) {
          finding = { ...finding, summary: unmeasurable(error) };
        }
      }
      reports.push({ id: check.id, ...finding, durationMs: Math.round(this.#run.clock.now() - startedAt) });
    }
    return reports;
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
