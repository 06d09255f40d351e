import { readdirSync } from "node:fs";
import type { Clock } from "../../common/clock";

/** What the soak's own process uses at a moment. */
export type UsageSample = {
  /** Milliseconds since the run began. */
  readonly atMs: number;
  /** Resident set, in MiB. */
  readonly memoryMib: number;
  /** Open file handles; where the system has no /proc, sockets and the like by Node.js' own count. */
  readonly handles: number;
};

/** How a figure developed once all was running. */
export type Trend = {
  /** The least of the first third, and of the last. */
  readonly from: number;
  readonly to: number;
  /** Null: too few samples to tell. */
  readonly flat: boolean | null;
};

export type UsageReport = { readonly memoryMib: Trend; readonly handles: Trend; readonly samples: readonly UsageSample[] };

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

  constructor(clock: Clock, intervalMs: number, look: () => Omit<UsageSample, "atMs"> = ownUsage) {
    this.#looping = this.#loop(clock, intervalMs, look);
  }

  async #loop(clock: Clock, firstIntervalMs: number, look: () => Omit<UsageSample, "atMs">): Promise<void> {
    const begunAt = clock.now();
    for (let intervalMs = firstIntervalMs; !this.#end.signal.aborted; await clock.sleep(intervalMs, this.#end.signal)) {
      this.#samples.push({ atMs: Math.round(clock.now() - begunAt), ...look() });
      if (this.#samples.length < mostSamples) continue;
      this.#samples = this.#samples.filter((_, i) => i % 2 === 0);
      intervalMs *= 2;
    }
  }

  /** @param runningFromMs from when on all sessions lived */
  report(runningFromMs: number): UsageReport {
    const running = this.#samples.filter(({ atMs }) => atMs >= runningFromMs);
    return { memoryMib: trendOf(running, "memoryMib"), handles: trendOf(running, "handles"), samples: [...this.#samples] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#looping;
  }
}

/** Pure: whether a figure grew. What is only under way at a moment, and garbage not yet collected, makes no minimum. */
export function trendOf(samples: readonly UsageSample[], of: "memoryMib" | "handles"): Trend {
  const third = Math.max(1, Math.floor(samples.length / 3));
  const values = samples.map((sample) => sample[of]);
  const least = (some: readonly number[]): number => (some.length === 0 ? 0 : Math.min(...some));
  const [from, to] = [least(values.slice(0, third)), least(values.slice(-third))];
  const { share, amount } = allowed[of];
  return { from, to, flat: samples.length < leastSamples ? null : to - from <= Math.max(amount, share * from) };
}

/** The report of no sample. */
export const noUsage: UsageReport = { memoryMib: trendOf([], "memoryMib"), handles: trendOf([], "handles"), samples: [] };

function ownUsage(): Omit<UsageSample, "atMs"> {
  return { memoryMib: Math.round(process.memoryUsage.rss() / 1024 ** 2), handles: openHandles() };
}

function openHandles(): number {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return process.getActiveResourcesInfo().length;
  }
}
