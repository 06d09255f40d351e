import { systemClock } from "../common/clock";
import { Unmeasurable } from "../common/errors";
import { safeUrl } from "../common/safe-url";
import type { Report } from "../report/report";
import type { Judgement } from "../report/verdict";

type ReportParts = Pick<Report, "checks" | "replicas" | "sessions" | "requests"> & { readonly judgement: Judgement };

export class ReportDraft {
  readonly #startedAt = new Date();
  readonly #startedMs = systemClock.now();

  constructor(private readonly target: string) {}

  finish({ judgement, replicas, ...parts }: ReportParts): Report {
    return {
      schema: "plano-affinity/report/v1",
      ...judgement,
      startedAt: this.#startedAt.toISOString(),
      durationMs: Math.round(systemClock.now() - this.#startedMs),
      target: this.target,
      replicas: replicas.map(({ name, url }) => ({ name, url: safeUrl(url) })),
      ...parts,
    };
  }

  /** The report of a run that came to nothing: every check is `unknown` for the same reason. */
  unmeasured(checkIds: readonly string[], reason: string, replicas: Report["replicas"] = []): Report {
    return this.finish({
      judgement: { verdict: "unknown", reason },
      checks: checkIds.map((id) => ({ id, verdict: "unknown", summary: reason, durationMs: 0, evidence: {} })),
      replicas,
      sessions: [],
      requests: { total: 0, failed: 0, p50Ms: null, p99Ms: null },
    });
  }

  /** The report of a run that an error ended. @throws it where it is a bug or bad usage */
  endedBy(error: unknown, checkIds: readonly string[], signal: AbortSignal): Report {
    if (signal.aborted) return this.unmeasured(checkIds, "interrupted");
    if (error instanceof Unmeasurable) return this.unmeasured(checkIds, error.message);
    throw error;
  }
}
