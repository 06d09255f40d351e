import { join } from "node:path";
import { type StartedGateway, type StartedRedis, startGateway, startRedis, startStub } from "../../standin/testing";
import { StartedProcess } from "../../standin/testing/process";

/** Longer than any run, so that no pin runs out in one. */
export const ttlSeconds = 3_600;

/** What a replica is called, by its index: `a`, `b`, … */
export function replicaName(index: number): string {
  return String.fromCharCode("a".charCodeAt(0) + index);
}

/** What a deployment is like. */
interface DeploymentOptions {
  /** How long the upstream takes for an answer, and for a routing decision. Default 0. */
  readonly upstreamMs?: number;
  /** Number of gateways, at most 26. Default 2. */
  readonly replicas?: number;
}

/** Healthy stand-in gateways with a Redis and an LLM stub of their own, all on loopback. */
export class Deployment implements AsyncDisposable {
  readonly #parts: AsyncDisposable[] = [];
  readonly #gateways: StartedGateway[] = [];
  #redis: StartedRedis | undefined;

  /** @throws Error with what it printed when a part does not start */
  static async start({ upstreamMs = 0, replicas = 2 }: DeploymentOptions = {}): Promise<Deployment> {
    const deployment = new Deployment();
    const parts = deployment.#parts;
    try {
      const redis = await startRedis();
      parts.push(redis);
      const stub = await startStub({ STUB_LATENCY_MS: String(upstreamMs) });
      parts.push(stub);
      for (let index = 0; index < replicas; index++) {
        const podName = replicaName(index);
        const gateway = await startGateway({ redisUrl: redis.url, stubUrl: stub.url, ttlSeconds, podName });
        parts.push(gateway);
        deployment.#gateways.push(gateway);
      }
      deployment.#redis = redis;
      return deployment;
    } catch (error) {
      await deployment[Symbol.asyncDispose]();
      throw error;
    }
  }

  get urls(): readonly string[] {
    return this.#gateways.map(({ url }) => url);
  }

  get redisUrl(): string {
    return this.#redis?.url ?? "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const part of this.#parts.reverse()) await part[Symbol.asyncDispose]();
  }
}

/** Starts the two endpoints of replicas.ts, which answer at once. */
export function startBareReplicas(programs: string): Promise<StartedProcess<readonly string[]>> {
  return StartedProcess.start({
    name: "the bare endpoints",
    command: process.execPath,
    args: [join(programs, "replicas.mjs")],
    ready: (line) => JSON.parse(line) as readonly string[],
  });
}
