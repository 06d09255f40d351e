import type { Violation } from "../../common/errors";
import { disturbances } from "..";
import { disruptiveChecks } from "../../check-ids";
import { defaultOptions, violationsOf, type KubernetesTarget, type VerifyOptions } from "../../options";

/** What is done to the deployment, by the names that `--faults` takes. */
export const faultIds: readonly string[] = disturbances.map(({ id }) => id);

type Shared = "sessions" | "ttlSeconds" | "timeoutSeconds" | "model" | "tenant";

export interface SoakOptions extends Pick<VerifyOptions, Shared> {
  readonly target: KubernetesTarget;
  /** Address of the service; default: found in the namespace. */
  readonly serviceUrl?: string;
  readonly minutes: number;
  /** Requests a second. */
  readonly rate: number;
  /** For each replica, the time for affinity to be back after Redis is. */
  readonly recoverWithinSeconds: number;
  readonly faults: readonly string[];
  /** Asked once before anything is changed, with what will be done; false ends it with a UsageError. */
  readonly confirm?: (plan: readonly string[]) => Promise<boolean>;
  /** Aborting ends the run early with the report so far. */
  readonly signal?: AbortSignal;
}

export const defaultSoak = {
  target: defaultOptions.target,
  minutes: 15,
  sessions: 5_000,
  // The soak shares the machines with what it measures.
  rate: 150,
  ttlSeconds: defaultOptions.ttlSeconds,
  recoverWithinSeconds: 15,
  timeoutSeconds: 10,
  faults: faultIds,
  model: defaultOptions.model,
} as const satisfies SoakOptions;

/** Half of the requests begin sessions, and each lives as long as its pin. */
function mostSessions({ rate, ttlSeconds, minutes }: Pick<SoakOptions, "rate" | "ttlSeconds" | "minutes">): number {
  return (rate / 2) * Math.min(ttlSeconds, minutes * 60 * 0.8);
}

/** Pure: the settings at a rate that the deployment can serve; a tenth of the sessions is spared for what is slow. */
export function pacedBy(options: SoakOptions, rate: number): Pick<SoakOptions, "rate" | "sessions"> {
  return { rate, sessions: Math.min(options.sessions, Math.floor(mostSessions({ ...options, rate }) * 0.9)) };
}

/** Everything that is wrong with the options, at once. */
export function soakViolations(options: SoakOptions): Violation[] {
  const { sessions, rate, ttlSeconds, faults, serviceUrl } = options;
  const violations: Violation[] = [];
  const add = (path: string, reason: string, remedy: string): void => void violations.push({ path, reason, remedy });
  const range = (path: string, value: number, least: number, most: number): void => {
    if (!(value >= least && value <= most)) add(path, `${String(value)} is not a number from ${least} to ${most}`, "give one");
  };
  range("--minutes", options.minutes, 0.1, 10_080);
  range("--recover-within", options.recoverWithinSeconds, 1, 3_600);
  const choose = `choose from ${faultIds.join(", ")}`;
  for (const id of faults) if (!faultIds.includes(id)) add("--faults", `there is no fault "${id}"`, choose);
  if (faults.length === 0) add("--faults", "no fault is left", choose);
  if (faults.includes("replica-added") !== faults.includes("replica-removed")) {
    add("--faults", "replica-added and replica-removed go together", "name both");
  }
  if (serviceUrl !== undefined && !/^https?:\/\/[^/]/.test(serviceUrl)) {
    add("--url", "it is no http:// or https:// address", "e.g. --url http://127.0.0.1:32000");
  }
  if (sessions > mostSessions(options)) {
    const begun = `${rate / 2} begin a second (half of --rate), and live ${ttlSeconds} s (--ttl)`;
    const remedy = "raise --rate or --minutes, or take fewer --sessions";
    add("--sessions", `${sessions} cannot live at the same time: ${begun}`, remedy);
  }
  return [...violations, ...violationsOf({ ...verifyOptions(options), rate })];
}

/** The options of the parts of the verifier that a soak is built on. */
export function verifyOptions({ target, sessions, ttlSeconds, model, tenant, timeoutSeconds }: SoakOptions): VerifyOptions {
  const own = { target, sessions, ttlSeconds, model, tenant, timeoutSeconds };
  return { ...defaultOptions, ...own, checks: disruptiveChecks, allowDisruption: true };
}
