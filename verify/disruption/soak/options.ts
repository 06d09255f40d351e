import type { Violation } from "../../common/errors";
import { defaultOptions, violationsOf, type KubernetesTarget, type VerifyOptions } from "../../options";
import { faultIds, type FaultId } from "./schedule";

export interface SoakOptions {
  readonly target: KubernetesTarget;
  /** Address of the service; default: found in the namespace. */
  readonly serviceUrl?: string;
  /** Length of the run, at least 0.1. */
  readonly minutes: number;
  /** Sessions that live at the same time. */
  readonly sessions: number;
  /** Requests a second. */
  readonly rate: number;
  /** Life of a pin as configured in the gateway, in seconds. */
  readonly ttlSeconds: number;
  readonly faults: readonly FaultId[];
  /** Chooses the order of the faults and who is asked when. */
  readonly seed: number;
  /** Affinity must be back so soon after Redis, in seconds. */
  readonly recoverWithinSeconds: number;
  /** Limit of one request, in seconds. */
  readonly timeoutSeconds: number;
  readonly model: string;
  /** Tenant header of every request. */
  readonly tenant?: { readonly name: string; readonly value: string };
  /** Asked once before anything is done, with what will be done to what; false ends it with a UsageError. */
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

/** Requests a second that a soak may send: it shares the machines with what it measures. */
const mostRate = 1_000;

/** Everything that is wrong with the options, at once. */
export function soakViolations(options: SoakOptions): Violation[] {
  const { minutes, sessions, rate, seed, ttlSeconds, faults, serviceUrl, recoverWithinSeconds } = options;
  const violations: Violation[] = [];
  const range = (path: string, value: number, least: number, most: number, whole: boolean): void => {
    if (value >= least && value <= most && (!whole || Number.isInteger(value))) return;
    const what = `${whole ? "a whole number" : "a number"} from ${least} to ${most}`;
    violations.push({ path, reason: `${String(value)} is not ${what}`, remedy: "give one" });
  };
  range("--minutes", minutes, 0.1, 10_080, false);
  range("--rate", rate, 2, mostRate, true);
  range("--seed", seed, 0, 2 ** 32 - 1, true);
  range("--recover-within", recoverWithinSeconds, 1, 3_600, false);
  for (const fault of faults.filter((id) => !faultIds.includes(id))) {
    violations.push({ path: "--faults", reason: `there is no fault "${fault}"`, remedy: `choose from ${faultIds.join(", ")}` });
  }
  if (faults.length === 0)
    violations.push({ path: "--faults", reason: "no fault is left", remedy: `choose from ${faultIds.join(", ")}` });
  if (faults.includes("replica-added") !== faults.includes("replica-removed")) {
    violations.push({ path: "--faults", reason: "what adds a replica and what removes one go together", remedy: "name both" });
  }
  if (serviceUrl !== undefined && !/^https?:\/\/[^/]/.test(serviceUrl)) {
    violations.push({
      path: "--url",
      reason: "it is no http:// or https:// address",
      remedy: "e.g. --url http://127.0.0.1:32000",
    });
  }
  // Half of the requests begin sessions, and each lives as long as its pin.
  if (sessions > (rate / 2) * Math.min(ttlSeconds, minutes * 60 * 0.8)) {
    const remedy = "raise --rate or --minutes, or take fewer --sessions";
    const reason = `${sessions} cannot live at the same time: ${rate / 2} begin a second (half of --rate), and live ${ttlSeconds} s (--ttl)`;
    violations.push({ path: "--sessions", reason, remedy });
  }
  return [...violations, ...violationsOf(verifyOptions(options))];
}

/** The options of the parts of the verifier that a soak is built on. */
export function verifyOptions(options: SoakOptions): VerifyOptions {
  const { target, sessions, ttlSeconds, model, tenant, timeoutSeconds } = options;
  const { rounds, concurrency, maxFailedRequests } = defaultOptions;
  const own = { target, sessions, ttlSeconds, model, tenant, timeoutSeconds };
  return { ...own, rounds, concurrency, maxFailedRequests, checks: ["scale", "faults"], allowDisruption: true };
}
