import type { Violation } from "../../common/errors";
import { disturbances, type DisturbanceId } from "..";
import { disruptiveChecks } from "../../check-ids";
import { defaultOptions, violationsOf, type KubernetesTarget, type VerifyOptions } from "../../options";

/** What is done to the deployment, by the names that `--faults` takes. */
export const faultIds = Object.keys(disturbances) as readonly DisturbanceId[];

export interface SoakOptions extends Pick<VerifyOptions, "sessions" | "ttlSeconds" | "timeoutSeconds" | "model" | "tenant"> {
  readonly target: KubernetesTarget;
  /** Address of the service; default: found in the namespace. */
  readonly serviceUrl?: string;
  /** Length of the run, at least 0.1. */
  readonly minutes: number;
  /** Requests a second. */
  readonly rate: number;
  readonly faults: readonly DisturbanceId[];
  /** Chooses the order of the faults and who is asked when. */
  readonly seed: number;
  /** Affinity must be back within this time after Redis is, in seconds. */
  readonly recoverWithinSeconds: number;
  /** Asked once before anything is changed, with what will be done; false ends it with a UsageError. */
  readonly confirm?: (plan: readonly string[]) => Promise<boolean>;
  /** Aborting ends the run early with the report so far. */
  readonly signal?: AbortSignal;
}

export const defaultSoak = {
  target: defaultOptions.target,
  minutes: 15,
  sessions: 5_000,
  rate: 150,
  ttlSeconds: defaultOptions.ttlSeconds,
  faults: faultIds,
  seed: 1,
  recoverWithinSeconds: 15,
  timeoutSeconds: 10,
  model: defaultOptions.model,
} as const satisfies SoakOptions;

/** Everything that is wrong with the options, at once. */
export function soakViolations(options: SoakOptions): Violation[] {
  const { minutes, sessions, rate, seed, ttlSeconds, faults, serviceUrl, recoverWithinSeconds } = options;
  const violations: Violation[] = [];
  const add = (path: string, reason: string, remedy: string): void => void violations.push({ path, reason, remedy });
  const range = (path: string, value: number, least: number, most: number, whole = false): void => {
    if (value >= least && value <= most && (!whole || Number.isInteger(value))) return;
    add(path, `${String(value)} is not a ${whole ? "whole " : ""}number from ${least} to ${most}`, "give one");
  };
  range("--minutes", minutes, 0.1, 10_080);
  // The soak shares the machines with what it measures.
  range("--rate", rate, 2, 1_000, true);
  range("--seed", seed, 0, 2 ** 32 - 1, true);
  range("--recover-within", recoverWithinSeconds, 1, 3_600);
  const choose = `choose from ${faultIds.join(", ")}`;
  for (const id of faults) if (!faultIds.includes(id)) add("--faults", `there is no fault "${id}"`, choose);
  if (faults.length === 0) add("--faults", "no fault is left", choose);
  if (faults.includes("replica-added") !== faults.includes("replica-removed")) {
    add("--faults", "replica-added and replica-removed go together", "name both");
  }
  if (serviceUrl !== undefined && !/^https?:\/\/[^/]/.test(serviceUrl)) {
    add("--url", "it is no http:// or https:// address", "e.g. --url http://127.0.0.1:32000");
  }
  // Half of the requests begin sessions, and each lives as long as its pin.
  if (sessions > (rate / 2) * Math.min(ttlSeconds, minutes * 60 * 0.8)) {
    const begun = `${rate / 2} begin a second (half of --rate), and live ${ttlSeconds} s (--ttl)`;
    const remedy = "raise --rate or --minutes, or take fewer --sessions";
    add("--sessions", `${sessions} cannot live at the same time: ${begun}`, remedy);
  }
  return [...violations, ...violationsOf(verifyOptions(options))];
}

/** The options of the parts of the verifier that a soak is built on. */
export function verifyOptions(options: SoakOptions): VerifyOptions {
  const { target, sessions, ttlSeconds, model, tenant, timeoutSeconds } = options;
  const own = { target, sessions, ttlSeconds, model, tenant, timeoutSeconds };
  return { ...defaultOptions, ...own, checks: disruptiveChecks, allowDisruption: true };
}
