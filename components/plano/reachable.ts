import * as pulumi from "@pulumi/pulumi";
import { setTimeout as delay } from "node:timers/promises";
import { type Address, type ForwardedService, throughPortForward } from "./address";

/** What {@link warnUnlessReachable} does its work with; tests put others in their place. */
export interface ReachableTools {
  /** Asks a URL. @throws Error when nothing answers */
  readonly ask: (url: string) => Promise<{ readonly status: number }>;
  readonly warn: (text: string) => void;
  /** How long an address may take to answer, in milliseconds: nodes learn of a new service a moment after it was made. */
  readonly patienceMs: number;
}

/** Limit for one answer, in milliseconds. */
const limitMs = 5_000;

const realTools: ReachableTools = {
  ask: (url) => fetch(url, { signal: AbortSignal.timeout(limitMs) }),
  warn: (text) => void pulumi.log.warn(text),
  patienceMs: 10_000,
};

/**
 * Asks the gateway's address for its health, as a client from here would, and warns when it does not answer. It is
 * no failure: the replicas have been proved, and what is missing may be a name or a firewall that others look after.
 *
 * @returns whether it answered; undefined where the address answers only after a command of the user's, or in a preview
 */
export function warnUnlessReachable(
  address: pulumi.Input<Address>,
  tools: ReachableTools = realTools,
): pulumi.Output<boolean | undefined> {
  return pulumi.output(address).apply(async ({ url, hint, advice }) => {
    if (hint !== undefined || pulumi.runtime.isDryRun()) return undefined;
    let problem: string | undefined;
    for (const until = performance.now() + tools.patienceMs; ; await delay(250)) {
      problem = await tools.ask(`${url}/healthz`).then(
        ({ status }) => (status === 200 ? undefined : `HTTP ${status}`),
        (error: unknown) => reasonOf(error),
      );
      if (problem === undefined) return true;
      if (performance.now() >= until) break;
    }
    tools.warn(`gatewayUrl: ${url} does not answer from here: ${problem}${advice === undefined ? "" : `\n  → ${advice}`}`);
    return false;
  });
}

/**
 * The command that people need now: that of the address, or where the address does not answer from here the tunnel beside
 * it, which needs neither the name nor the firewall that others look after.
 */
export function hintNow(
  hint: pulumi.Input<string>,
  answers: pulumi.Input<boolean | undefined>,
  service: { readonly [K in keyof ForwardedService]: pulumi.Input<ForwardedService[K]> },
): pulumi.Output<string> {
  return pulumi.all([hint, answers, pulumi.output(service)]).apply(([needed, answered, forwarded]) => {
    if (answered !== false) return needed;
    const { url, hint: command = "" } = throughPortForward(forwarded);
    return `${command}  # then ${url} answers`;
  });
}

/** `fetch` says only that it failed; why is in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `no answer within ${limitMs / 1000} s`;
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return cause.message === "" ? ((cause as NodeJS.ErrnoException).code ?? error.message) : cause.message;
}
