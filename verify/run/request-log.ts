import type { Latencies } from "../report/evidence";
import type { RequestsReport } from "../report/report";

/** Counts every attempt of a run and keeps the latencies of the answered ones. */
export class RequestLog {
  #total = 0;
  #failed = 0;
  #expected = 0;
  #firstFailure: string | undefined;
  readonly #latencies = new Map<string, number[]>();

  started(): void {
    this.#total++;
  }

  /** @param reason names the replica; @param duringFault while a check disturbed the deployment on purpose */
  failed(reason: string, duringFault = false): void {
    this.#failed++;
    if (duringFault) this.#expected++;
    else this.#firstFailure ??= reason;
  }

  answered(replica: string, milliseconds: number): void {
    const known = this.#latencies.get(replica);
    if (known === undefined) this.#latencies.set(replica, [milliseconds]);
    else known.push(milliseconds);
  }

  /** Failed attempts that no check brought about, and the first of them in words. */
  get failures(): { readonly count: number; readonly first: string | undefined } {
    return { count: this.#failed - this.#expected, first: this.#firstFailure };
  }

  report(): RequestsReport {
    const sorted = Float64Array.from([...this.#latencies.values()].flat()).sort();
    return { total: this.#total, failed: this.#failed, p50Ms: quantile(sorted, 0.5), p99Ms: quantile(sorted, 0.99) };
  }

  latencies(): Latencies[] {
    return [...this.#latencies].map(([replica, all]) => {
      const sorted = Float64Array.from(all).sort();
      return {
        replica,
        count: sorted.length,
        p50Ms: quantile(sorted, 0.5),
        p90Ms: quantile(sorted, 0.9),
        p99Ms: quantile(sorted, 0.99),
        maxMs: quantile(sorted, 1),
      };
    });
  }
}

/** The smallest value that at least `share` of the sorted values do not exceed, to 0.01; null when there are none. */
export function quantile(sorted: Float64Array, share: number): number | null {
  const value = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  return value === undefined ? null : Math.round(value * 100) / 100;
}
