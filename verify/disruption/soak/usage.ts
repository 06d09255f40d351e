import { readdirSync } from "node:fs";
import type { Clock } from "../../common/clock";

/** What the soak's own process uses: its resident set in MiB, and open file handles. */
type Usage = { readonly memoryMib: number; readonly handles: number };

export type UsageSample = Usage & {
  /** Milliseconds since the run began. */
  readonly atMs: number;
};

export type Trend = ReturnType<typeof trendOf>;
export type UsageReport = ReturnType<UsageWatch["report"]>;

/** So many samples are kept at most; then every other one goes, and the time between two is doubled. */
const mostSamples = 240;

/** Fewer tell no trend. */
const leastSamples = 9;

/** What both may grow by and still be flat: a share of the beginning, or so much. */
const allowed = { memoryMib: { share: 0.2, amount: 48 }, handles: { share: 0.2, amount: 16 } } as const;

/** Takes samples until it is disposed of. */
export class UsageWatch implements AsyncDisposable {
  #samples: UsageSample[] = [];
  readonly #end = new AbortController();
  readonly #looping: Promise<void>;

  constructor(clock: Clock, intervalMs: number, look: () => Usage = ownUsage) {
    this.#looping = this.#loop(clock, intervalMs, look);
  }

  async #loop(clock: Clock, firstIntervalMs: number, look: () => Usage): Promise<void> {
    const begunAt = clock.now();
    for (let intervalMs = firstIntervalMs; !this.#end.signal.aborted; await clock.sleep(intervalMs, this.#end.signal)) {
      this.#samples.push({ atMs: Math.round(clock.now() - begunAt), ...look() });
      if (this.#samples.length < mostSamples) continue;
      this.#samples = this.#samples.filter((_, i) => i % 2 === 0);
      intervalMs *= 2;
    }
  }

  /** @param runningFromMs from when on all sessions lived */
  report(runningFromMs: number) {
    const running = this.#samples.filter(({ atMs }) => atMs >= runningFromMs);
    return { memoryMib: trendOf(running, "memoryMib"), handles: trendOf(running, "handles"), samples: [...this.#samples] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#looping;
  }
}

/**
 * Pure: whether a figure grew, by the least of the first third and of the last; null where there are too few samples.
 * What is only under way at a moment, and garbage not yet collected, makes no minimum.
 */
export function trendOf(samples: readonly Usage[], of: keyof Usage) {
  const third = Math.max(1, Math.floor(samples.length / 3));
  const values = samples.map((sample) => sample[of]);
  const least = (some: readonly number[]): number => (some.length === 0 ? 0 : Math.min(...some));
  const [from, to] = [least(values.slice(0, third)), least(values.slice(-third))];
  const { share, amount } = allowed[of];
  return { from, to, flat: samples.length < leastSamples ? null : to - from <= Math.max(amount, share * from) };
}

/** The report of no sample. */
export const noUsage: UsageReport = { memoryMib: trendOf([], "memoryMib"), handles: trendOf([], "handles"), samples: [] };

function ownUsage(): Usage {
  const memoryMib = Math.round(process.memoryUsage.rss() / 1024 ** 2);
  try {
    return { memoryMib, handles: readdirSync("/proc/self/fd").length };
  } catch {
    // Where the system has no /proc: sockets and the like by Node.js' own count.
    return { memoryMib, handles: process.getActiveResourcesInfo().length };
  }
}
