import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bench, Benchmark, Scale } from "./bench";
import { Programs } from "./commands";
import { measureReplicas } from "./growth/replicas";
import { measureSessions } from "./growth/sessions";
import { stamp } from "./machine";
import { isMeasured, type Measurements } from "./measurements";
import { sessionRows } from "./page/sessions";
import { redisTrips } from "./redis-trips";
import type { BenchRequest } from "./request";
import type { Row } from "./row";
import { measureStack, whyNoStack } from "./stack/measure";
import { againstPool, againstSequence, smallRun } from "./time";

const scales: Readonly<Record<BenchRequest["size"], Scale>> = {
  full: {
    runs: 5,
    sessions: 1_000,
    growth: [10, 100, 1_000, 10_000, 100_000],
    replicas: [2, 3, 5, 10, 20],
    replicaSessions: 400,
  },
  quick: { runs: 1, sessions: 200, growth: [10, 100, 1_000], replicas: [2, 5], replicaSessions: 40 },
};

const verifierBenchmarks: readonly (readonly [title: string, benchmark: Benchmark])[] = [
  ["a small run", smallRun],
  ["against a pool without checks", againstPool],
  ["against one request after another", againstSequence],
  ["round trips to Redis", redisTrips],
];

export { machine } from "./machine";
export { type Measurements, merge, type StartProfile } from "./measurements";
export { terminal } from "./page/blocks";
export { chapters } from "./page/page";
export { whyNoStack };
export { benchUsage, readBenchRequest } from "./request";
export { readMeasurements, writeMeasurements } from "./store";

/** Runs a named step, which may tell what it is at. */
type Step = <T>(title: string, work: (detail: (text: string) => void) => Promise<T>) => Promise<T>;

/**
 * Measures what is asked for.
 *
 * @param found is given each figure as soon as it is there
 * @throws Error when a program does not run as it should, e.g. a verifier that does not pass
 */
export async function runBench(
  { size, parts }: Pick<BenchRequest, "size" | "parts">,
  step: Step,
  found: (news: Measurements) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "plano-affinity-bench-"));
  try {
    const compile = (): Promise<Bench> =>
      step("programs", async () => ({ programs: await Programs.compile(folder), scale: scales[size], signal }));
    const bench = parts.includes("verifier") || parts.includes("growth") ? await compile() : undefined;
    if (bench !== undefined && parts.includes("verifier")) {
      const rows: Row[] = [];
      for (const [title, benchmark] of verifierBenchmarks) {
        signal.throwIfAborted();
        rows.push(...(await step(title, () => benchmark(bench))));
      }
      await found({ verifier: { ...stamp(), rows } });
    }
    if (bench !== undefined && parts.includes("growth")) {
      await found({ sessions: await step("growth with sessions", (detail) => measureSessions(bench, detail)) });
      await found({ replicas: await step("growth with replicas", (detail) => measureReplicas(bench, detail)) });
    }
    if (parts.includes("stack")) await found(await step("the stack on a sandbox", (detail) => measureStack(signal, detail)));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Pure: figures that have missed their target. */
export function missedRows({ verifier, sessions, tunnels }: Measurements): readonly Row[] {
  const rows = [
    ...(verifier?.rows ?? []),
    ...(sessions === undefined ? [] : sessionRows(sessions)),
    ...(isMeasured(tunnels) ? tunnels.rows : []),
  ];
  return rows.filter(({ met }) => met === false);
}
