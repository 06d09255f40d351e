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

/** Replicas of the stand-in with a Redis of their own. */
export interface Deployment extends AsyncDisposable {
  readonly target: ReplicasTarget;
}

/** What all deployments share and no fault touches: the LLM stub, and a collector that is asked like a Jaeger. */
export class Scene implements AsyncDisposable {
  private constructor(
    readonly stub: StartedServer,
    readonly collector: StartedCollector,
  ) {}

  /** @throws Error when `redis-server` or Node.js cannot be started */
  static async start(): Promise<Scene> {
    const [stub, collector] = await Promise.all([startStub(), startCollector()]);
    return new Scene(stub, collector);
  }

  /** Starts replicas: real processes on free ports. @throws Error with what was printed by one that does not start */
  async deploy({ fault, replicas = 2, ttlSeconds, tenantHeader }: DeploymentOptions = {}): Promise<Deployment> {
    const started: AsyncDisposable[] = [];
    const stop = async (): Promise<void> => void (await Promise.all(started.map((each) => each[Symbol.asyncDispose]())));
    try {
      const redis = await startRedis();
      started.push(redis);
      const gateways = await Promise.all(
        Array.from({ length: replicas }, async (_, i) => {
          const name = String.fromCharCode("a".charCodeAt(0) + i);
          const gateway = await startGateway({
            fault,
            ttlSeconds,
            tenantHeader,
            redisUrl: redis.url,
            stubUrl: this.stub.url,
            otlpUrl: this.collector.url,
            podName: `pod-${name}`,
            // As Plano does from 0.4.32 on, so that a check that disturbs Redis finds nothing in a healthy gateway.
            env: { STANDIN_REDIS_RECONNECT: "true" },
          });
          started.push(gateway);
          return { name, url: gateway.url };
        }),
      );
      const target = { kind: "replicas", replicas: gateways, redisUrl: redis.url, jaegerUrl: this.collector.url } as const;
      return { target, [Symbol.asyncDispose]: stop };
    } catch (error) {
      await stop();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.stub[Symbol.asyncDispose](), this.collector[Symbol.asyncDispose]()]);
  }
}
