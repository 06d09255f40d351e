import {
  type StartedCollector,
  type StartedServer,
  startCollector,
  startGateway,
  startRedis,
  startStub,
} from "../../standin/testing";
import type { ReplicasTarget } from "../../verify";

/** How a deployment differs from two healthy replicas. */
export interface DeploymentOptions {
  /** Default `none`. */
  readonly fault?: string;
  /** Default 2. */
  readonly replicas?: number;
  /** Lifetime of pins in seconds; default 600. */
  readonly ttlSeconds?: number;
  readonly tenantHeader?: string;
}

/** What all deployments share and no fault touches: the LLM stub, and a collector that is asked like a Jaeger. */
export class Scene implements AsyncDisposable {
  private constructor(
    private readonly stub: StartedServer,
    private readonly collector: StartedCollector,
  ) {}

  /** @throws Error when Node.js cannot be started */
  static async start(): Promise<Scene> {
    const [stub, collector] = await Promise.all([startStub(), startCollector()]);
    return new Scene(stub, collector);
  }

  /**
   * Runs `work` against replicas of the stand-in with a Redis of their own: real processes on free ports.
   * @throws Error with what was printed by one that does not start
   */
  async deploy<T>(options: DeploymentOptions, work: (target: ReplicasTarget) => Promise<T>): Promise<T> {
    const { replicas = 2, ...own } = options;
    await using redis = await startRedis();
    const names = Array.from({ length: replicas }, (_, i) => String.fromCharCode("a".charCodeAt(0) + i));
    const shared = { redisUrl: redis.url, stubUrl: this.stub.url, otlpUrl: this.collector.url };
    // As Plano does from 0.4.32 on, so that a check that disturbs Redis finds nothing in a healthy gateway.
    const env = { STANDIN_REDIS_RECONNECT: "true" };
    const gateways = await Promise.all(names.map((name) => startGateway({ ...own, ...shared, podName: `pod-${name}`, env })));
    try {
      const urls = gateways.map(({ url }, i) => ({ name: names[i] ?? "", url }));
      return await work({ kind: "replicas", replicas: urls, redisUrl: redis.url, jaegerUrl: this.collector.url });
    } finally {
      await Promise.all(gateways.map((it) => it[Symbol.asyncDispose]()));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.stub[Symbol.asyncDispose](), this.collector[Symbol.asyncDispose]()]);
  }
}
