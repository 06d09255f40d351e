import { readdirSync } from "node:fs";
import type { RunContext } from "../../run/context";
import { repeat } from "../wait";

/** What the soak's own process uses: its resident set in MiB, and open file handles. */
type Usage = { readonly memoryMib: number; readonly handles: number };

export type UsageSample = Usage & {
  /** Milliseconds since the run began. */
  readonly atMs: number;
};

export type Trend = ReturnType<typeof trendOf>;

/** Least time between two samples, in milliseconds; longer runs take about so many. */
const leastIntervalMs = 5_000;
const mostSamples = 240;

/** Fewer tell no trend. */
const leastSamples = 9;

/** What both may grow by and still be flat: a share of the beginning, or so much. */
const allowedShare = 0.2;
const allowed: Usage = { memoryMib: 48, handles: 16 };

/** Takes samples until it is disposed of. */
export function watchUsage(run: Pick<RunContext, "clock" | "signal">, minutes: number, look: () => Usage = ownUsage) {
  const begunAt = run.clock.now();
  const samples: UsageSample[] = [];
  const sampling = repeat(run, async () => {
    samples.push({ atMs: Math.round(run.clock.now() - begunAt), ...look() });
    return Math.max(leastIntervalMs, (minutes * 60_000) / mostSamples);
  });
  return { ...sampling, report: (runningFromMs: number) => usageReport(samples, runningFromMs) };
}

/** Pure: what the samples say. @param runningFromMs from when on all sessions lived */
export function usageReport(samples: readonly UsageSample[], runningFromMs: number) {
  const running = samples.filter(({ atMs }) => atMs >= runningFromMs);
  return { memoryMib: trendOf(running, "memoryMib"), handles: trendOf(running, "handles"), samples };
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
  const isFlat = to - from <= Math.max(allowed[of], allowedShare * from);
  return { from, to, flat: samples.length < leastSamples ? null : isFlat };
}

function ownUsage(): Usage {
  const memoryMib = Math.round(process.memoryUsage.rss() / 1024 ** 2);
  try {
    return { memoryMib, handles: readdirSync("/proc/self/fd").length };
  } catch {
    // Where the system has no /proc: sockets and the like by Node.js' own count.
    return { memoryMib, handles: process.getActiveResourcesInfo().length };
  }
}
