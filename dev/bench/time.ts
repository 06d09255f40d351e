import type { Bench, Benchmark } from "./bench";
import { Deployment, startBareReplicas } from "./deployment";
import { type Figure, grouped, judged, median, medianOf, seconds, times } from "./row";
import { type Finished, runInTurn } from "./whole-process";

/** Milliseconds that the upstream takes in the comparison with the sequential program. */
const upstreamMs = 5;

/** A run of the usual size, Redis included. */
export const smallRun: Benchmark = async ({ programs, scale, signal }) => {
  await using deployment = await Deployment.start();
  const verifier = programs.verifier({ sessions: 4, rounds: 4 }, deployment.urls, deployment.redisUrl);
  const finished = await runInTurn({ verifier }, scale.runs, signal);
  const value = median(finished.verifier.map((run) => run.seconds));
  const what = "4 sessions × 4 rounds with Redis inspection";
  return [judged({ what, value, show: seconds, bound: { most: 0.8 }, note: medianOf(scale.runs) })];
};

/** Against a pool that sends the same requests and checks nothing. */
export const againstPool: Benchmark = async (bench) => {
  await using deployment = await Deployment.start();
  const standins = await comparePool(bench, deployment.urls, deployment.redisUrl);
  await using bare = await startBareReplicas(bench.programs.folder);
  const endpoints = await comparePool(bench, bare.ready);
  return [
    ...rows("two stand-ins, with Redis inspection", standins),
    ...rows("two endpoints that answer at once, without Redis", endpoints),
  ];

  function rows(where: string, { verifier, pool }: Compared) {
    const size = `${grouped(bench.scale.sessions)} × 4`;
    const took = `verifier ${seconds(median(wall(verifier)))}, pool ${seconds(median(wall(pool)))}`;
    const cpu = `verifier ${seconds(median(cpuTime(verifier)))}, pool ${seconds(median(cpuTime(pool)))} of CPU time`;
    const figure = { show: times, note: `${took}; ${medianOf(bench.scale.runs)}` };
    return [
      judged({ ...figure, what: `${size}, ${where}: time ÷ pool`, value: ratio(wall, verifier, pool), bound: { most: 2 } }),
      judged({ ...figure, what: "the same, CPU time of the process ÷ pool", value: ratio(cpuTime, verifier, pool), note: cpu }),
    ];
  }
};

/** Against one request after another. */
export const againstSequence: Benchmark = async ({ programs, scale, signal }) => {
  const load = { sessions: scale.sessions, rounds: 4 };
  const figures: Figure[] = [];
  for (const latencyMs of [upstreamMs, 0]) {
    await using deployment = await Deployment.start({ upstreamMs: latencyMs });
    const { verifier, sequential } = await runInTurn(
      {
        verifier: programs.verifier(load, deployment.urls, deployment.redisUrl),
        sequential: programs.pool(load, deployment.urls, 1),
      },
      scale.runs,
      signal,
    );
    const upstream = latencyMs === 0 ? "an upstream that answers at once" : `an upstream that takes ${latencyMs} ms`;
    figures.push({
      what: `${grouped(load.sessions)} × 4, ${upstream}: one request after another ÷ verifier`,
      value: ratio(wall, sequential, verifier),
      show: times,
      bound: latencyMs === 0 ? undefined : { least: 5 },
      note: `verifier ${seconds(median(wall(verifier)))}, sequential ${seconds(median(wall(sequential)))}; ${medianOf(scale.runs)}`,
    });
  }
  return figures.map(judged);
};

type Compared = Readonly<Record<"verifier" | "pool", readonly Finished[]>>;

function comparePool({ programs, scale, signal }: Bench, urls: readonly string[], redisUrl?: string): Promise<Compared> {
  const load = { sessions: scale.sessions, rounds: 4 };
  return runInTurn({ verifier: programs.verifier(load, urls, redisUrl), pool: programs.pool(load, urls) }, scale.runs, signal);
}

const wall = (runs: readonly Finished[]): number[] => runs.map((run) => run.seconds);
const cpuTime = (runs: readonly Finished[]): number[] => runs.map((run) => run.cpuSeconds);

/** The median of the ratios of runs that followed one another. */
function ratio(of: (runs: readonly Finished[]) => number[], a: readonly Finished[], b: readonly Finished[]): number {
  const below = of(b);
  return median(of(a).map((value, i) => value / (below[i] ?? Number.NaN)));
}
