import {
  startCollector,
  startGateway,
  startRedis,
  startStub,
  type GatewayOptions,
  type StartedCollector,
  type StartedGateway,
  type StartedRedis,
  type StartedServer,
} from "../../../standin/testing";
import type { RedisOptions } from "../../../standin/testing/redis";
import { defaultOptions, type CheckReport, type ReplicasTarget, type Report, type VerifyOptions } from "../../../verify";
import { verify } from "./report-schema";

/** What the gateways of a suite share. */
export interface Scene {
  redis: StartedRedis;
  stub: StartedServer;
  collector: StartedCollector;
}

interface SceneOptions extends RedisOptions {
  /** How long the stub takes to answer. */
  readonly latencyMs?: number;
}

/** To be called in a suite: starts a scene before its first test, and ends it after the last. */
export function scene({ latencyMs = 0, ...redis }: SceneOptions = {}): Scene {
  const started = {} as Scene;
  before(async () => {
    const starting = [startRedis(redis), startStub({ STUB_LATENCY_MS: String(latencyMs) }), startCollector()] as const;
    [started.redis, started.stub, started.collector] = await Promise.all(starting);
  });
  after(async () => {
    for (const one of Object.values(started as Scene & Record<string, AsyncDisposable>).reverse())
      await one[Symbol.asyncDispose]();
  });
  return started;
}

/** Likewise, with the stand-in gateways a and b in front of it. */
export function twoGateways(
  options: SceneOptions & Pick<GatewayOptions, "ttlSeconds" | "planoVersion"> = {},
): Scene & Record<"a" | "b", StartedGateway> {
  const started = scene(options) as ReturnType<typeof twoGateways>;
  before(async () => {
    const { ttlSeconds, planoVersion } = options;
    const { redis, stub, collector } = started;
    const gateway = { redisUrl: redis.url, stubUrl: stub.url, otlpUrl: collector.url, ttlSeconds, planoVersion };
    const starting = ["a", "b"].map((podName) => startGateway({ ...gateway, podName }));
    [started.a, started.b] = (await Promise.all(starting)) as [StartedGateway, StartedGateway];
  });
  return started;
}

export interface Trial {
  readonly checks: readonly string[];
  readonly gateway: Omit<GatewayOptions, "podName">;
  /** Default: a and b. */
  readonly replicas?: readonly string[];
  /** Where the verifier looks for pins and traces; default: nowhere. */
  readonly redisUrl?: string;
  readonly jaegerUrl?: string;
  readonly options?: Partial<VerifyOptions>;
}

/** These gateways as the verifier's target. @param where it looks for pins and traces; default: nowhere */
export function targetOf(
  gateways: readonly StartedGateway[],
  where: Pick<ReplicasTarget, "redisUrl" | "jaegerUrl"> = {},
): ReplicasTarget {
  return { kind: "replicas", replicas: gateways.map(({ podName, url }) => ({ name: podName, url })), ...where };
}

/** Starts stand-in gateways that are alike, verifies them, and ends them. */
export async function verifyGateways(trial: Trial): Promise<Report> {
  const { checks, gateway, replicas = ["a", "b"], redisUrl, jaegerUrl, options } = trial;
  const started = await Promise.all(replicas.map((podName) => startGateway({ ...gateway, podName })));
  try {
    const target = targetOf(started, { redisUrl, jaegerUrl });
    return await verify({ ...defaultOptions, target, checks, ttlSeconds: gateway.ttlSeconds ?? 600, ...options });
  } finally {
    await Promise.all(started.map((it) => it[Symbol.asyncDispose]()));
  }
}

export function checkOf({ checks }: Report, id: string): CheckReport {
  const found = checks.find((check) => check.id === id);
  if (found === undefined) throw new Error(`the report has no check ${id}`);
  return found;
}

/** `<verdict>: <summary>` of a check. */
export function said(report: Report, id: string): string {
  const { verdict, summary } = checkOf(report, id);
  return `${verdict}: ${summary}`;
}
