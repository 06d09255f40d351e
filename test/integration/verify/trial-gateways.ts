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
import { defaultOptions, verify, type CheckReport, type Progress, type Report, type VerifyOptions } from "../../../verify";
import { assertFitsSchema } from "./report-schema";

/** What the gateways of a suite share. */
export interface Scene {
  redis: StartedRedis;
  stub: StartedServer;
  collector: StartedCollector;
}

/** To be called in a suite: starts a scene before its first test, and ends it after the last. */
export function scene({ password, latencyMs = 0 }: { readonly password?: string; readonly latencyMs?: number } = {}): Scene {
  const started = {} as Scene;
  before(async () => {
    started.redis = await startRedis({ password });
    started.stub = await startStub({ STUB_LATENCY_MS: String(latencyMs) });
    started.collector = await startCollector();
  });
  after(async () => {
    for (const one of Object.values(started as Scene & Record<string, AsyncDisposable>).reverse())
      await one[Symbol.asyncDispose]();
  });
  return started;
}

/** Likewise, with the stand-in gateways a and b in front of it. */
export function twoGateways(): Scene & Record<"a" | "b", StartedGateway> {
  const started = scene() as ReturnType<typeof twoGateways>;
  before(async () => {
    const gateway = { redisUrl: started.redis.url, stubUrl: started.stub.url, otlpUrl: started.collector.url };
    for (const podName of ["a", "b"] as const) started[podName] = await startGateway({ ...gateway, podName });
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
  readonly progress?: Progress;
}

/** Starts stand-in gateways that are alike, verifies them, and ends them. */
export async function verifyGateways(trial: Trial): Promise<Report> {
  const { checks, gateway, replicas = ["a", "b"], redisUrl, jaegerUrl, options, progress } = trial;
  const started: StartedGateway[] = [];
  try {
    for (const name of replicas) started.push(await startGateway({ ...gateway, podName: name }));
    const named = started.map(({ podName, url }) => ({ name: podName, url }));
    const target = { kind: "replicas" as const, replicas: named, redisUrl, jaegerUrl };
    const all = { ...defaultOptions, target, checks, ttlSeconds: gateway.ttlSeconds ?? 600, ...options };
    const report: unknown = JSON.parse(JSON.stringify(await verify(all, progress)));
    assertFitsSchema(report);
    return report;
  } finally {
    for (const one of started) await one[Symbol.asyncDispose]();
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
