import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bench, Benchmark, Scale } from "./bench";
import { Programs } from "./commands";
import { document } from "./document";
import { largeRuns, redisTrips } from "./large";
import type { Row } from "./row";
import { againstPool, againstSequence, smallRun } from "./time";
import { tunnels } from "./tunnels";

const scales = {
  full: { runs: 5, sessions: 1_000, large: [25_000, 50_000, 100_000] },
  quick: { runs: 1, sessions: 200, large: [500, 1_000, 2_000] },
} as const satisfies Record<string, Scale>;

const benchmarks: readonly (readonly [title: string, benchmark: Benchmark])[] = [
  ["a small run", smallRun],
  ["against a pool without checks", againstPool],
  ["against one request after another", againstSequence],
  ["round trips to Redis", redisTrips],
  ["large runs", largeRuns],
  ["port-forwards", tunnels],
];

export { cells, headings, machine } from "./document";
export type { Row } from "./row";

/**
 * Measures the verifier.
 *
 * @param step runs each part as a named step
 * @throws Error when a program does not run as it should, e.g. a verifier that does not pass
 */
export async function runBench(
  size: keyof typeof scales,
  step: <T>(title: string, work: () => Promise<T>) => Promise<T>,
  signal: AbortSignal,
): Promise<readonly Row[]> {
  const folder = await mkdtemp(join(tmpdir(), "plano-affinity-bench-"));
  try {
    const programs = await step("programs", () => Programs.compile(folder));
    const bench: Bench = { programs, scale: scales[size], signal };
    const rows: Row[] = [];
    for (const [title, benchmark] of benchmarks) {
      signal.throwIfAborted();
      rows.push(...(await step(title, () => benchmark(bench))));
    }
    return rows;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes docs/benchmark.md. */
export async function writeDocument(rows: readonly Row[]): Promise<void> {
  await writeFile(join(__dirname, "..", "docs", "benchmark.md"), document(rows, new Date()));
}
