import type { KubernetesTarget, VerifyOptions } from "../options";

/** For fetching the image, starting, and waiting for spans, in seconds. */
const overheadSeconds = 300;

/** The prompts without the header are asked in a few waves. */
const controlWaves = 5;

/** A Job that runs for longer than a day has been forgotten. */
const mostSeconds = 86_400;

/**
 * Pure: the longest that a run with these options can take in good order, in seconds: each request at its limit, and the
 * life of a pin twice where `expiry` waits for its end. It ends only Jobs that hang.
 */
export function deadlineSeconds({ sessions, rounds, concurrency, timeoutSeconds, ttlSeconds, checks }: VerifyOptions): number {
  const waves = controlWaves + Math.ceil(sessions / concurrency) * rounds;
  const expiry = checks.includes("expiry") ? 2 * ttlSeconds : 0;
  return Math.min(mostSeconds, Math.ceil(overheadSeconds + waves * timeoutSeconds + expiry));
}

/** Name, in the program's folder, of the file with the prompts. */
export const promptsFile = "prompts.txt";

export type JobOptions = VerifyOptions & { readonly target: KubernetesTarget };

/** What stays here: the way to the cluster, the question before a disruption, and the end of the run. */
type Outside = "signal" | "confirmDisruption";

/**
 * Pure: the arguments with which the Job's verifier has the same options. `--report` files stay here; the Job writes the
 * JSON report to standard output.
 */
export function jobArguments(options: JobOptions): string[] {
  // An option that VerifyOptions gains does not compile until it is handed on.
  const lines: { readonly [option in keyof Omit<VerifyOptions, Outside>]-?: readonly string[] } = {
    target: targetArguments(options.target),
    checks: [`--checks=${options.checks.join(",")}`],
    sessions: [`--sessions=${options.sessions}`],
    rounds: [`--rounds=${options.rounds}`],
    sessionPrefix: options.sessionPrefix === undefined ? [] : [`--session-prefix=${options.sessionPrefix}`],
    model: [`--model=${options.model}`],
    tenant: options.tenant === undefined ? [] : [`--tenant=${options.tenant.name}=${options.tenant.value}`],
    ttlSeconds: [`--ttl=${options.ttlSeconds}`],
    pin: options.pin === undefined ? [] : [`--pin=${options.pin}`],
    prompts: options.prompts === undefined ? [] : [`--prompts=${promptsFile}`],
    concurrency: [`--concurrency=${options.concurrency}`],
    timeoutSeconds: [`--timeout=${options.timeoutSeconds}`],
    maxFailedRequests: [`--max-failed-requests=${options.maxFailedRequests}`],
    allowDisruption: options.allowDisruption === true ? ["--yes"] : [],
  };
  return ["verify", ...Object.values(lines).flat(), "--report=json=-"];
}

function targetArguments({ namespace, selector, redis, jaeger }: KubernetesTarget): string[] {
  return [
    `--namespace=${namespace}`,
    `--selector=${selector}`,
    ...(redis !== undefined && "url" in redis ? [`--redis-url=${redis.url}`] : []),
    ...(jaeger !== undefined && "url" in jaeger ? [`--jaeger-url=${jaeger.url}`] : []),
  ];
}
