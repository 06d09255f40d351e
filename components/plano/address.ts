import * as pulumi from "@pulumi/pulumi";
import { answeringNode } from "../../clusters/node-address";
import { hostInUrl } from "../../lib/net";
import { waitFor, type WaitTimeout } from "../../lib/wait";
import { connectionProblem } from "../../verify/common/connection-problem";

/** Where something in the cluster is reached from the machine that the stack was made on. */
export interface Address {
  /** Works as it is, or while the command of `hint` runs. */
  readonly url: string;
  /** Command that has to run first; absent: none. */
  readonly hint?: string;
  /** What to do when `url` does not answer although it should. */
  readonly advice?: string;
}

/** A service inside the cluster, and how kubectl is called to reach that cluster. */
export interface ForwardedService {
  /** Default `kubectl`. */
  readonly kubectl?: string;
  readonly namespace: string;
  readonly service: string;
  readonly port: number;
}

/** The address of a service that nothing outside leads to: this machine, through a tunnel that the user opens. */
export function throughPortForward({ kubectl = "kubectl", namespace, service, port }: ForwardedService): Address {
  return {
    url: `http://localhost:${port}`,
    hint: `${kubectl} --namespace ${namespace} port-forward service/${service} ${port}:${port}`,
  };
}

/** The URL of a host, which may be an IPv6 address. */
export function httpUrl(host: string, port: number): string {
  return `http://${hostInUrl(host)}:${port}`;
}

/** The host of the cluster's nodes at which a port of a service answers from here; undefined: none does. */
export function findNode(kubeconfig: string, port: number): Promise<string | undefined> {
  // A preview makes no service that nodes would have to learn of.
  return answeringNode(kubeconfig, port, pulumi.runtime.isDryRun() ? 2_000 : 10_000);
}

/** Limit for one answer, in milliseconds. */
const limitMs = 5_000;

/**
 * Asks the gateway's address for its health, as a client from here would, and warns when it does not answer. It is
 * no failure: the replicas have been proved, and what is missing may be a name or a firewall that others look after.
 *
 * @param patienceMs how long it may take to answer: nodes learn of a new service a moment after it was made
 * @returns whether it answered; undefined where the address answers only after a command of the user's, or in a preview
 */
export function warnUnlessReachable(
  address: pulumi.Input<Address>,
  warn: (text: string) => void = (text) => void pulumi.log.warn(text),
  patienceMs = 10_000,
): pulumi.Output<boolean | undefined> {
  return pulumi.output(address).apply(async ({ url, hint, advice }) => {
    if (hint !== undefined || pulumi.runtime.isDryRun()) return undefined;
    try {
      return await waitFor({ subject: url, limitMs: patienceMs, intervalMs: 250 }, () => isHealthy(url));
    } catch (error) {
      const { lastSeen } = error as WaitTimeout;
      warn(`gatewayUrl: ${url} does not answer from here: ${lastSeen}${advice === undefined ? "" : `\n  → ${advice}`}`);
      return false;
    }
  });
}

async function isHealthy(url: string): Promise<true> {
  const { status } = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(limitMs) }).catch((error: unknown) => {
    // `fetch` says only that it failed; why is in the cause.
    throw new Error(connectionProblem((error as Error).cause ?? error));
  });
  if (status !== 200) throw new Error(`HTTP ${status}`);
  return true;
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
