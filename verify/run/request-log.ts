import type { RequestsReport } from "../report/report";

/** Counts every attempt of a run and keeps the latencies of the answered ones. */
export class RequestLog {
  #total = 0;
  #failed = 0;
  readonly #latencies: number[] = [];

  started(): void {
    this.#total++;
  }

  failed(): void {
    this.#failed++;
  }

  answered(milliseconds: number): void {
    this.#latencies.push(milliseconds);
  }

  report(): RequestsReport {
    const sorted = Float64Array.from(this.#latencies).sort();
    return { total: this.#total, failed: this.#failed, p50Ms: quantile(sorted, 0.5), p99Ms: quantile(sorted, 0.99) };
  }
}

/** The smallest value that at least `share` of the sorted values do not exceed, to 0.01; null when there are none. */
export function quantile(sorted: Float64Array, share: number): number | null {
  const value = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  return value === undefined ? null : Math.round(value * 100) / 100;
}
