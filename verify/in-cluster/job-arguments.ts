import type { KubernetesTarget, VerifyOptions } from "../options";

/** Name, in the program's folder, of the file with the prompts. */
export const promptsFile = "prompts.txt";

/** Options with which a Job can be run. */
export type JobOptions = VerifyOptions & { readonly target: KubernetesTarget };

/** What stays here: the way to the cluster, whoever can be asked, and the end of the run. */
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
