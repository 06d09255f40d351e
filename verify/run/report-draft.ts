import type { Clock } from "../common/clock";
import { safeUrl } from "../common/safe-url";
import type { Report } from "../report/report";
import type { Judgement } from "../report/verdict";

type ReportParts = Pick<Report, "checks" | "replicas" | "sessions" | "requests"> & { readonly judgement: Judgement };

export class ReportDraft {
  readonly #startedAt = new Date();
  readonly #startedMs: number;

  constructor(
    private readonly clock: Clock,
    private readonly target: string,
  ) {
    this.#startedMs = clock.now();
  }

  finish({ judgement, checks, replicas, sessions, requests }: ReportParts): Report {
    return {
      schema: "plano-affinity/report/v1",
      ...judgement,
      startedAt: this.#startedAt.toISOString(),
      durationMs: Math.round(this.clock.now() - this.#startedMs),
      target: this.target,
      replicas: replicas.map(({ name, url }) => ({ name, url: safeUrl(url) })),
      checks,
      sessions,
      requests,
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
}
