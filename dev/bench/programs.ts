import { join } from "node:path";
import { run } from "../../lib/command";
import { startGateway, startRedis, startStub } from "../../standin/testing";
import { bundle } from "../../verify/build/bundle";

const rounds = 4;

/** Longer than any run, so that no pin expires during one. */
const ttlSeconds = 3_600;

/** Sessions at the same time: the verifier's default, and the pool's. */
export const concurrency = 16;

/** Compiles the verifier and the pool. @returns their commands, and a clock for them */
export async function compilePrograms(folder: string, signal: AbortSignal) {
  await bundle({ "plano-affinity": "verify/cli.ts", pool: "dev/bench/pool.ts" }, folder);
  return {
    /** The verifier without traces; without a Redis also without `redis`. */
    verifier: (sessions: number, urls: readonly string[], redisUrl?: string, race = false): readonly string[] => [
      ...[join(folder, "plano-affinity.mjs"), "verify", "--ttl", `${ttlSeconds}`, "--quiet"],
      ...["--sessions", `${sessions}`, "--rounds", `${rounds}`, "--concurrency", `${concurrency}`],
      ...urls.flatMap((url, i) => ["--replica", `${"ab"[i]}=${url}`]),
      ...(redisUrl === undefined ? [] : ["--redis-url", redisUrl]),
      ...["--checks", `control,pinning${redisUrl === undefined ? "" : ",redis"}${race ? ",race" : ""}`],
    ],

    /** The same requests, unchecked; one after another where `atOnce` is 1. */
    pool: (sessions: number, urls: readonly string[], atOnce: number): readonly string[] => [
      ...[join(folder, "pool.mjs"), `${atOnce}`, `${sessions}`, `${rounds}`],
      ...urls,
    ],

    /** Runs a program as a process of its own. @returns seconds from before its start to its end @throws CommandError */
    time: async (command: readonly string[]): Promise<number> => {
      const since = performance.now();
      await run(process.execPath, command, { env: { PATH: process.env["PATH"] }, signal, limitMs: 900_000 });
      return (performance.now() - since) / 1000;
    },
  };
}

/** Runs `work` against two healthy stand-ins with a Redis and an LLM stub of their own, all on loopback. */
export async function onStandins<T>(
  latencyMs: number,
  work: (urls: readonly string[], redisUrl: string) => Promise<T>,
): Promise<T> {
  await using redis = await startRedis();
  await using stub = await startStub({ STUB_LATENCY_MS: String(latencyMs) });
  const options = { redisUrl: redis.url, stubUrl: stub.url, ttlSeconds };
  await using a = await startGateway({ ...options, podName: "a" });
  await using b = await startGateway({ ...options, podName: "b" });
  return await work([a.url, b.url], redis.url);
}
