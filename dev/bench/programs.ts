import { spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { bundle } from "../../verify/build/bundle";

/** Longer than any run, so that no pin expires during one. */
export const ttlSeconds = 3_600;

/** Sessions at the same time: the verifier's default, and the pool's. */
const concurrency = 16;

/** Longest time of one process, in seconds. */
const limitSeconds = 900;

/** A program for Node.js and its arguments. */
export type Command = readonly [program: string, ...args: string[]];

/** Number of sessions, and of the requests of each. */
export interface Load {
  readonly sessions: number;
  readonly rounds: number;
}

/** The programs that are measured, compiled alike. */
export class Programs {
  private constructor(readonly folder: string) {}

  /** Compiles them into a folder, the verifier as it is for the package. */
  static async compile(folder: string): Promise<Programs> {
    await bundle({ "plano-affinity": "verify/cli.ts", pool: "dev/bench/pool.ts", replicas: "dev/bench/replicas.ts" }, folder);
    return new Programs(folder);
  }

  /** The verifier with the checks that need no traces; without a Redis also without `redis`. */
  verifier({ sessions, rounds }: Load, urls: readonly string[], redisUrl?: string): Command {
    const replicas = urls.flatMap((url, i) => ["--replica", `${"ab"[i]}=${url}`]);
    const redis = redisUrl === undefined ? [] : ["--redis-url", redisUrl];
    const load = ["--sessions", `${sessions}`, "--rounds", `${rounds}`, "--concurrency", `${concurrency}`];
    return [this.#path("plano-affinity"), "verify", ...replicas, ...redis, ...load, "--ttl", `${ttlSeconds}`, "--quiet"];
  }

  /** The same requests, unchecked; one after another where `atOnce` is 1. */
  pool({ sessions, rounds }: Load, urls: readonly string[], atOnce = concurrency): Command {
    return [this.#path("pool"), `${atOnce}`, `${sessions}`, `${rounds}`, ...urls];
  }

  /** Two endpoints that answer at once, and print their URLs. */
  get bareReplicas(): string {
    return this.#path("replicas");
  }

  #path(name: string): string {
    return join(this.folder, `${name}.mjs`);
  }
}

/**
 * Runs a program as a process of its own.
 *
 * @returns seconds from before its start to its end
 * @throws Error with its output when it does not succeed, or not in time
 */
export async function timeProcess(command: Command, signal: AbortSignal): Promise<number> {
  const limit = AbortSignal.timeout(limitSeconds * 1000);
  const since = performance.now();
  const child = spawn(process.execPath, command, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"] },
    signal: AbortSignal.any([signal, limit]),
  });
  const ended = new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve));
  const [code, ...output] = await Promise.all([ended, text(child.stderr), text(child.stdout)]).catch((error: unknown) => {
    throw limit.aborted ? new Error(`${command.join(" ")} did not end within ${limitSeconds} s`) : error;
  });
  if (code !== 0) throw new Error(`${command.join(" ")} exited with ${code ?? "a signal"}:\n${output.join("")}`);
  return (performance.now() - since) / 1000;
}

/**
 * Times commands in turn, A B A B …, so that a change in the machine's speed affects all of them.
 *
 * @returns seconds of each run
 */
export async function timeInTurn<K extends string>(
  commands: Readonly<Record<K, Command>>,
  runs: number,
  signal: AbortSignal,
): Promise<Record<K, number[]>> {
  const names = Object.keys(commands) as K[];
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<K, number[]>;
  for (let run = 0; run < runs; run++) for (const name of names) times[name].push(await timeProcess(commands[name], signal));
  return times;
}
