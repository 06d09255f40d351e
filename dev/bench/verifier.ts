import { join } from "node:path";
import { run } from "../../lib/command";
import { startGateway, startRedis, startStub } from "../../standin/testing";
import { bundle } from "../../verify/build/bundle";
import { type Figure, median } from "./figures";

/** How much is measured. */
export interface Scale {
  /** Runs behind each median. */
  readonly runs: number;
  /** Sessions of the comparisons, with four rounds each. */
  readonly sessions: number;
}

const rounds = 4;

/** Longer than any run, so that no pin expires during one. */
const ttlSeconds = 3_600;

/** Sessions at the same time: the verifier's default, and the pool's. */
const concurrency = 16;

const limitMs = 900_000;

/** Milliseconds that the slow upstream takes for an answer, and for a routing decision. */
const upstreamMs = 5;

type Command = readonly string[];

/** Compiles the verifier and the pool. @returns the benchmarks, each with its title, and the commands that they time */
export async function compileBench(folder: string, { runs, sessions }: Scale, signal: AbortSignal) {
  await bundle({ "plano-affinity": "verify/cli.ts", pool: "dev/bench/pool.ts" }, folder);
  const behind = runs === 1 ? "one run" : `median of ${runs} runs`;

  /** The verifier with the checks that need no traces; without a Redis also without `redis`. */
  const verifier = (count: number, urls: readonly string[], redisUrl?: string): Command => {
    const replicas = urls.flatMap((url, i) => ["--replica", `${"ab"[i]}=${url}`]);
    const redis = redisUrl === undefined ? [] : ["--redis-url", redisUrl];
    const load = ["--sessions", `${count}`, "--rounds", `${rounds}`, "--concurrency", `${concurrency}`];
    const program = join(folder, "plano-affinity.mjs");
    return [program, "verify", ...replicas, ...redis, ...load, "--ttl", `${ttlSeconds}`, "--quiet"];
  };

  /** The same requests, unchecked; one after another where `atOnce` is 1. */
  const pool = (count: number, urls: readonly string[], atOnce: number): Command => [
    ...[join(folder, "pool.mjs"), `${atOnce}`, `${count}`, `${rounds}`],
    ...urls,
  ];

  /** Runs a program as a process of its own. @returns seconds from before its start to its end @throws CommandError */
  const time = async (command: Command): Promise<number> => {
    const since = performance.now();
    await run(process.execPath, command, { env: { PATH: process.env["PATH"] }, signal, limitMs });
    return (performance.now() - since) / 1000;
  };

  /** Seconds of each run. Commands run in turn, A B A B …, so that a change in the machine's speed affects all of them. */
  const timeInTurn = async (...commands: readonly Command[]): Promise<number[][]> => {
    const times = commands.map((): number[] => []);
    for (let i = 0; i < runs; i++) for (const [at, command] of commands.entries()) times[at]?.push(await time(command));
    return times;
  };

  /** Seconds of the verifier and of the pool, and where they come from. */
  const compare = async (urls: readonly string[], redisUrl: string, atOnce: number) => {
    const [own = [], others = []] = await timeInTurn(verifier(sessions, urls, redisUrl), pool(sessions, urls, atOnce));
    const note = `verifier ${median(own).toFixed(2)} s, pool ${median(others).toFixed(2)} s; ${behind}`;
    /** Medians of the ratios of runs that followed one another. */
    const ratio = median(own.map((value, i) => value / (others[i] ?? Number.NaN)));
    const inverse = median(own.map((value, i) => (others[i] ?? Number.NaN) / value));
    return { ratio, inverse, note };
  };

  const benchmarks: Readonly<Record<string, () => Promise<Figure>>> = {
    "a small run": () =>
      onStandins(0, async (urls, redisUrl) => {
        const [times = []] = await timeInTurn(verifier(4, urls, redisUrl));
        return { what: "4 sessions × 4 rounds, with Redis inspection", value: median(times), unit: "s", most: 0.8, note: behind };
      }),
    "against a pool without checks": () =>
      onStandins(0, async (urls, redisUrl) => {
        const { ratio, note } = await compare(urls, redisUrl, concurrency);
        return { what: `${sessions} × 4, with Redis inspection: time ÷ pool`, value: ratio, unit: "×", most: 2, note };
      }),
    "against one request after another": () =>
      onStandins(upstreamMs, async (urls, redisUrl) => {
        const { inverse, note } = await compare(urls, redisUrl, 1);
        const what = `${sessions} × 4, upstream takes ${upstreamMs} ms: one request after another ÷ verifier`;
        return { what, value: inverse, unit: "×", least: 5, note };
      }),
  };
  return { benchmarks, verifier, pool, time };
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
