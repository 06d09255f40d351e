import { startGateway, startRedis, startStub } from "../../standin/testing";
import { StartedProcess } from "../../standin/testing/process";
import { CountingProxy } from "./counting-proxy";
import { type Figure, median } from "./figures";
import { type Programs, timeInTurn, timeProcess, ttlSeconds } from "./programs";

/** How much is measured. */
export interface Scale {
  /** Runs behind each median. */
  readonly runs: number;
  /** Sessions of the comparisons, with four rounds each. */
  readonly sessions: number;
}

/** What is measured, with which load. */
export interface Bench {
  readonly programs: Programs;
  readonly scale: Scale;
  readonly signal: AbortSignal;
}

const rounds = 4;

/** Milliseconds that the slow upstream takes for an answer, and for a routing decision. */
const upstreamMs = 5;

/** The benchmarks of the verifier, each with its title. */
export const verifierBenchmarks: Readonly<Record<string, (bench: Bench) => Promise<Figure[]>>> = {
  "a small run": smallRun,
  "against a pool without checks": againstPool,
  "against one request after another": againstSequence,
  "round trips to Redis": redisTrips,
};

async function smallRun({ programs, scale, signal }: Bench): Promise<Figure[]> {
  return onStandins(0, async (urls, redisUrl) => {
    const verifier = programs.verifier({ sessions: 4, rounds }, urls, redisUrl);
    const times = await timeInTurn({ verifier }, scale.runs, signal);
    const what = "4 sessions × 4 rounds with Redis inspection";
    return [{ what, value: median(times.verifier), unit: "s", target: { most: 0.8 }, note: medianOf(scale.runs) }];
  });
}

/** A pool sends the same requests and checks nothing. */
async function againstPool({ programs, scale, signal }: Bench): Promise<Figure[]> {
  const load = { sessions: scale.sessions, rounds };
  const compare = async (where: string, urls: readonly string[], redisUrl?: string): Promise<Figure> => {
    const commands = { verifier: programs.verifier(load, urls, redisUrl), pool: programs.pool(load, urls) };
    const { verifier, pool } = await timeInTurn(commands, scale.runs, signal);
    const note = `verifier ${seconds(verifier)}, pool ${seconds(pool)}; ${medianOf(scale.runs)}`;
    return {
      what: `${load.sessions} × 4, ${where}: time ÷ pool`,
      value: ratio(verifier, pool),
      unit: "×",
      target: { most: 2 },
      note,
    };
  };
  const standins = await onStandins(0, (urls, redisUrl) => compare("two stand-ins, with Redis inspection", urls, redisUrl));
  await using bare = await startBareReplicas(programs);
  return [standins, await compare("two endpoints that answer at once, without Redis", bare.ready)];
}

async function againstSequence({ programs, scale, signal }: Bench): Promise<Figure[]> {
  const load = { sessions: scale.sessions, rounds };
  const compare = (latencyMs: number, target?: Figure["target"]): Promise<Figure> =>
    onStandins(latencyMs, async (urls, redisUrl) => {
      const commands = { verifier: programs.verifier(load, urls, redisUrl), sequential: programs.pool(load, urls, 1) };
      const { verifier, sequential } = await timeInTurn(commands, scale.runs, signal);
      const what = `${load.sessions} × 4, an upstream that takes ${latencyMs} ms: one request after another ÷ verifier`;
      const note = `verifier ${seconds(verifier)}, sequential ${seconds(sequential)}; ${medianOf(scale.runs)}`;
      return { what, value: ratio(sequential, verifier), unit: "×", target, note };
    });
  return [await compare(upstreamMs, { least: 5 }), await compare(0)];
}

async function redisTrips({ programs, scale: { sessions }, signal }: Bench): Promise<Figure[]> {
  return onStandins(0, async (urls, redisUrl) => {
    await using proxy = await CountingProxy.start(Number(new URL(redisUrl).port));
    await timeProcess(programs.verifier({ sessions, rounds }, urls, `redis://127.0.0.1:${proxy.port}`), signal);
    const note = `${proxy.roundTrips} round trips; key by key it would be 4 per session`;
    const what = `${sessions} × 4: round trips to Redis per session`;
    return [{ what, value: proxy.roundTrips / sessions, unit: "", target: { most: 1 }, note }];
  });
}

/** Runs `work` against two healthy stand-ins with a Redis and an LLM stub of their own, all on loopback. */
async function onStandins<T>(latencyMs: number, work: (urls: readonly string[], redisUrl: string) => Promise<T>): Promise<T> {
  await using redis = await startRedis();
  await using stub = await startStub({ STUB_LATENCY_MS: String(latencyMs) });
  const options = { redisUrl: redis.url, stubUrl: stub.url, ttlSeconds };
  await using a = await startGateway({ ...options, podName: "a" });
  await using b = await startGateway({ ...options, podName: "b" });
  return await work([a.url, b.url], redis.url);
}

/** Starts two endpoints that answer at once. */
export function startBareReplicas({ bareReplicas }: Programs): Promise<StartedProcess<readonly string[]>> {
  return StartedProcess.start({
    name: "the bare endpoints",
    command: process.execPath,
    args: [bareReplicas],
    ready: (line) => JSON.parse(line) as readonly string[],
  });
}

/** The median of the ratios of runs that followed one another. */
function ratio(a: readonly number[], b: readonly number[]): number {
  return median(a.map((value, i) => value / (b[i] ?? Number.NaN)));
}

function seconds(times: readonly number[]): string {
  return `${median(times).toFixed(2)} s`;
}

function medianOf(runs: number): string {
  return runs === 1 ? "one run" : `median of ${runs} runs`;
}
