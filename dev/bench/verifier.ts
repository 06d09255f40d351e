import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { run } from "../../lib/command";
import { startGateway, startRedis, startStub } from "../../standin/testing";
import { bundle } from "../../verify/build/bundle";
import { Tunnel } from "../../verify/targets/tunnel";
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

/** Longest time of one process, in milliseconds. */
const limitMs = 900_000;

/** Milliseconds that the slow upstream takes for an answer, and for a routing decision. */
const upstreamMs = 5;

/** A program for Node.js and its arguments. */
type Command = readonly string[];

/** The verifier, compiled as it is for the package, and beside it the pool that it is compared with. */
export class VerifierBench {
  private constructor(
    private readonly folder: string,
    private readonly scale: Scale,
    private readonly signal: AbortSignal,
  ) {}

  /** Compiles the programs into a folder. */
  static async compile(folder: string, scale: Scale, signal: AbortSignal): Promise<VerifierBench> {
    await bundle({ "plano-affinity": "verify/cli.ts", pool: "dev/bench/pool.ts" }, folder);
    return new VerifierBench(folder, scale, signal);
  }

  /** The benchmarks, each with its title. */
  readonly benchmarks: Readonly<Record<string, () => Promise<Figure>>> = {
    "a small run": () =>
      onStandins(0, async (urls, redisUrl) => {
        const [times = []] = await this.#timeInTurn(this.verifier(4, urls, redisUrl));
        const what = "4 sessions × 4 rounds, with Redis inspection";
        return { what, value: median(times), unit: "s", most: 0.8, note: this.#runs };
      }),
    "against a pool without checks": () =>
      onStandins(0, async (urls, redisUrl) => {
        const { verifier, pool, note } = await this.#compare(urls, redisUrl, concurrency);
        const what = `${this.scale.sessions} × 4, with Redis inspection: time ÷ pool`;
        return { what, value: ratio(verifier, pool), unit: "×", most: 2, note };
      }),
    "against one request after another": () =>
      onStandins(upstreamMs, async (urls, redisUrl) => {
        const { verifier, pool, note } = await this.#compare(urls, redisUrl, 1);
        const what = `${this.scale.sessions} × 4, upstream takes ${upstreamMs} ms: one request after another ÷ verifier`;
        return { what, value: ratio(pool, verifier), unit: "×", least: 5, note };
      }),
    "round trips to Redis": () =>
      onStandins(0, async (urls, redisUrl) => {
        const { sessions } = this.scale;
        const trips = await countTrips(Number(new URL(redisUrl).port), (proxyUrl) =>
          this.time(this.verifier(sessions, urls, proxyUrl)),
        );
        const note = `${trips} round trips; key by key it would be 4 per session`;
        return { what: `${sessions} × 4: round trips to Redis per session`, value: trips / sessions, unit: "", most: 1, note };
      }),
  };

  /** The verifier with the checks that need no traces; without a Redis also without `redis`. */
  verifier(sessions: number, urls: readonly string[], redisUrl?: string): Command {
    const replicas = urls.flatMap((url, i) => ["--replica", `${"ab"[i]}=${url}`]);
    const redis = redisUrl === undefined ? [] : ["--redis-url", redisUrl];
    const load = ["--sessions", `${sessions}`, "--rounds", `${rounds}`, "--concurrency", `${concurrency}`];
    const program = join(this.folder, "plano-affinity.mjs");
    return [program, "verify", ...replicas, ...redis, ...load, "--ttl", `${ttlSeconds}`, "--quiet"];
  }

  /** The same requests, unchecked; one after another where `atOnce` is 1. */
  pool(sessions: number, urls: readonly string[], atOnce: number): Command {
    return [join(this.folder, "pool.mjs"), `${atOnce}`, `${sessions}`, `${rounds}`, ...urls];
  }

  /** Runs a program as a process of its own. @returns seconds from before its start to its end @throws CommandError */
  async time(command: Command): Promise<number> {
    const since = performance.now();
    await run(process.execPath, command, { env: { PATH: process.env["PATH"] }, signal: this.signal, limitMs });
    return (performance.now() - since) / 1000;
  }

  /** Seconds of the verifier and of the pool, and where they come from. */
  async #compare(urls: readonly string[], redisUrl: string, atOnce: number) {
    const { sessions } = this.scale;
    const commands = [this.verifier(sessions, urls, redisUrl), this.pool(sessions, urls, atOnce)];
    const [verifier = [], pool = []] = await this.#timeInTurn(...commands);
    return {
      verifier,
      pool,
      note: `verifier ${median(verifier).toFixed(2)} s, pool ${median(pool).toFixed(2)} s; ${this.#runs}`,
    };
  }

  /** Seconds of each run. Commands run in turn, A B A B …, so that a change in the machine's speed affects all of them. */
  async #timeInTurn(...commands: readonly Command[]): Promise<number[][]> {
    const times = commands.map((): number[] => []);
    for (let i = 0; i < this.scale.runs; i++)
      for (const [at, command] of commands.entries()) times[at]?.push(await this.time(command));
    return times;
  }

  get #runs(): string {
    return this.scale.runs === 1 ? "one run" : `median of ${this.scale.runs} runs`;
  }
}

/** The median of the ratios of runs that followed one another. */
function ratio(over: readonly number[], under: readonly number[]): number {
  return median(over.map((value, i) => value / (under[i] ?? Number.NaN)));
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

/** How often clients of a Redis speak for the first time, or after an answer, while `work` runs against a port in between. */
async function countTrips(port: number, work: (url: string) => Promise<unknown>): Promise<number> {
  let trips = 0;
  await using proxy = await Tunnel.listen(async (client) => {
    const redis = connect({ host: "127.0.0.1", port, noDelay: true });
    await once(redis, "connect");
    let isAnswered = true;
    client.on("data", () => {
      if (isAnswered) trips++;
      isAnswered = false;
    });
    redis.on("data", () => (isAnswered = true)).on("error", () => client.destroy());
    client.pipe(redis).pipe(client, { end: false });
    return { on: (_event, listener) => redis.on("close", listener), close: () => redis.destroy() };
  });
  await work(`redis://127.0.0.1:${proxy.port}`);
  return trips;
}
