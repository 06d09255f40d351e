import * as pulumi from "@pulumi/pulumi";
import { setTimeout as delay } from "node:timers/promises";
import type { Address } from "./address";

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

/** `fetch` says only that it failed; why is in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `no answer within ${limitMs / 1000} s`;
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return cause.message === "" ? String((cause as NodeJS.ErrnoException).code ?? error.message) : cause.message;
}
