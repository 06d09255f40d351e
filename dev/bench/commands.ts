import { join } from "node:path";
import { bundle } from "../../verify/build/bundle";
import { replicaName, ttlSeconds } from "./deployment";
import type { Command } from "./whole-process";

/** How much is asked. */
export interface Load {
  readonly sessions: number;
  readonly rounds: number;
}

/** Sessions at the same time: the verifier's default, and the pool's. */
const concurrency = 16;

/** The programs that are measured, compiled alike. */
export class Programs {
  private constructor(readonly folder: string) {}

  /** Compiles them into a folder, the verifier as it is for the package. */
  static async compile(folder: string): Promise<Programs> {
    await bundle(
      { "plano-affinity": "verify/build/plano-affinity.ts", pool: "dev/bench/pool.ts", replicas: "dev/bench/replicas.ts" },
      folder,
    );
    return new Programs(folder);
  }

  /**
   * The verifier with the checks that need no traces; without a Redis also without `redis`.
   *
   * @param report file for its report as JSON
   */
  verifier({ sessions, rounds }: Load, urls: readonly string[], redisUrl?: string, report?: string): Command {
    const redis = redisUrl === undefined ? [] : ["--redis-url", redisUrl];
    const replicas = urls.flatMap((url, i) => ["--replica", `${replicaName(i)}=${url}`]);
    const load = ["--sessions", String(sessions), "--rounds", String(rounds), "--concurrency", String(concurrency)];
    const reports = report === undefined ? [] : ["--report", `json=${report}`];
    const args = ["verify", ...replicas, ...redis, ...load, "--ttl", String(ttlSeconds), "--quiet", ...reports];
    return { name: "the verifier", program: join(this.folder, "plano-affinity.mjs"), args };
  }

  /** The same requests, unchecked; one after another with a concurrency of 1. */
  pool({ sessions, rounds }: Load, urls: readonly string[], atOnce = concurrency): Command {
    const args = [atOnce, sessions, rounds, ...urls].map(String);
    return { name: atOnce === 1 ? "the sequential program" : "the pool", program: join(this.folder, "pool.mjs"), args };
  }
}
