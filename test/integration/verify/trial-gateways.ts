import { startGateway, type GatewayOptions, type StartedGateway } from "../../../standin/testing";
import { defaultOptions, verify, type CheckReport, type Progress, type Report, type VerifyOptions } from "../../../verify";
import { assertFitsSchema } from "./report-schema";

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
