import { defaultOptions, type Report, type VerifyOptions } from "../../../verify";
import type { FakeDeployment } from "./fake-deployment";

export const prompts = ["quick one", "deep one", "quick two", "deep two"];

export function optionsFor(deployment: FakeDeployment, overrides: Partial<VerifyOptions> = {}): VerifyOptions {
  const { replicas, jaegerUrl } = deployment;
  return {
    ...defaultOptions,
    target: { kind: "replicas", replicas, jaegerUrl },
    checks: ["control", "pinning"],
    prompts,
    timeoutSeconds: 5,
    ...overrides,
  };
}

export function summaryOf(report: Report, id: string): string {
  return report.checks.find((check) => check.id === id)?.summary ?? "";
}
