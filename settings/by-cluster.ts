import * as pulumi from "@pulumi/pulumi";
import { none } from "./schema";
import type { Settings } from "./settings";

/** The kinds of cluster that a stack can end up on. */
export type ClusterKind = "kind" | "sandbox" | "existing";

/** What is only known once the cluster has been chosen. */
export interface ClusterDefaults {
  readonly gateway: "plano" | "standin";
  /** Who chooses routes: the stub, or the service that Plano uses by itself and the stand-in does not know. */
  readonly routing: "stub" | "hosted";
  readonly serviceType: "NodePort" | "LoadBalancer" | "ClusterIP";
  /** Whether ports of the node answer on this machine, so that Jaeger's page can have one too. */
  readonly nodePortsAnswer: boolean;
}

/**
 * Settles the keys that are `auto` until the kind of cluster is known.
 *
 * @throws pulumi.RunError when the stand-in's fault is asked for and the gateway turns out to be Plano.
 */
export function settleByCluster(settings: Settings, kind: ClusterKind): ClusterDefaults {
  const gateway = settings.gateway === "auto" ? (kind === "sandbox" ? "standin" : "plano") : settings.gateway;
  if (gateway === "plano" && settings.standinFault !== none) {
    throw new pulumi.RunError(
      `standinFault: only the stand-in gateway has faults, and on a cluster of kind ${kind} the gateway is plano.\n  → pulumi config set gateway standin`,
    );
  }
  const serviceType = settings.serviceType === "auto" ? (kind === "existing" ? "LoadBalancer" : "NodePort") : settings.serviceType;
  return {
    gateway,
    routing: settings.upstream === "stub" || gateway === "standin" ? "stub" : "hosted",
    serviceType,
    nodePortsAnswer: kind !== "existing",
  };
}
