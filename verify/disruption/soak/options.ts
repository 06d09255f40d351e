import type { Violation } from "../../common/errors";
import { disturbances } from "..";
import { disruptiveChecks } from "../../check-ids";
import { defaultOptions, violationsOf, type KubernetesTarget, type VerifyOptions } from "../../options";

/** What is done to the deployment, by the names that `--faults` takes. */
export const faultIds: readonly string[] = disturbances.map(({ id }) => id);

/** As it is typed, what it means, its default, and its range, where the verifier's options have none for it. */
type NumberOption = readonly [flags: string, what: string, initial: number, range?: readonly [number, number]];

const numberOptions = {
  minutes: ["--minutes <n>", "length", 15, [0.1, 10_080]],
  sessions: ["--sessions <n>", "sessions that live at the same time", 5_000],
  // The soak shares the machines with what it measures.
  rate: ["--rate <n>", "requests a second", 150],
  ttlSeconds: ["--ttl <seconds>", "life of a pin as configured in the gateway", defaultOptions.ttlSeconds],
  recoverWithinSeconds: [
    "--recover-within <seconds>",
    "for each replica: time for affinity to be back after Redis is",
    15,
    [1, 3_600],
  ],
  timeoutSeconds: ["--timeout <seconds>", "limit of one request", 10],
} as const satisfies Readonly<Record<string, NumberOption>>;

type NumberName = keyof typeof numberOptions;

/** Something for each option that is a number. */
export function forNumbers<T>(make: (...option: NumberOption) => T): Readonly<Record<NumberName, T>> {
  const entries = Object.entries<NumberOption>(numberOptions).map(([name, option]) => [name, make(...option)]);
  return Object.fromEntries(entries) as Record<NumberName, T>;
}

export interface SoakOptions extends Readonly<Record<NumberName, number>>, Pick<VerifyOptions, "model" | "tenant"> {
  readonly target: KubernetesTarget;
  /** Address of the service; default: found in the namespace. */
  readonly serviceUrl?: string;
  readonly faults: readonly string[];
  /** Asked once before anything is changed, with what will be done; false ends it with a UsageError. */
  readonly confirm?: (plan: readonly string[]) => Promise<boolean>;
  /** Aborting ends the run early with the report so far. */
  readonly signal?: AbortSignal;
}

export const defaultSoak = {
  ...forNumbers((_flags, _what, initial) => initial),
  target: defaultOptions.target,
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
  for (const [name, [flags, , , range]] of Object.entries<NumberOption>(numberOptions)) {
    const value = options[name as NumberName];
    if (range === undefined || (value >= range[0] && value <= range[1])) continue;
    add(flags.replace(/ .*/, ""), `${String(value)} is not a number from ${range.join(" to ")}`, "give one");
  }
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
