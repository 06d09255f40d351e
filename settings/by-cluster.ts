import * as pulumi from "@pulumi/pulumi";
import type { ClusterKind } from "../clusters/cluster-parts";
import { none } from "./schema";
import type { Settings } from "./settings";

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
 * @throws pulumi.RunError naming each setting that the cluster does not go with, and its remedy.
 */
export function settleByCluster(settings: Settings, kind: ClusterKind): ClusterDefaults {
  const gateway = settings.gateway === "auto" ? (kind === "sandbox" ? "standin" : "plano") : settings.gateway;
  const conflicts = [
    ...(gateway === "plano" && settings.standinFault !== none
      ? [
          `standinFault: only the stand-in gateway has faults, and on a cluster of kind ${kind} the gateway is plano.\n  → pulumi config set gateway standin`,
        ]
      : []),
    ...(kind === "sandbox" && gateway === "plano" && settings.image === undefined
      ? [
          "gateway: the sandbox cannot pull Plano's image, it has no route to a registry.\n  → pulumi config set gateway standin, or pulumi config set cluster existing",
        ]
      : []),
    ...(kind === "sandbox" && settings.upstream === "openai"
      ? [
          "upstream: the sandbox's pods have no route to OpenAI.\n  → pulumi config set upstream stub, or pulumi config set cluster existing",
        ]
      : []),
    ...(kind === "existing" && settings.upstream === "stub" && settings.image === undefined
      ? [
          "upstream: on a cluster that was joined the stub's image is not to be had yet.\n  → pulumi config set --secret OPENAI_API_KEY …, or push the Dockerfile's target standin and pulumi config set image …",
        ]
      : []),
  ];
  if (conflicts.length > 0) throw new pulumi.RunError(conflicts.join("\n"));
  const serviceType =
    settings.serviceType === "auto" ? (kind === "existing" ? "LoadBalancer" : "NodePort") : settings.serviceType;
  return {
    gateway,
    routing: settings.upstream === "stub" || gateway === "standin" ? "stub" : "hosted",
    serviceType,
    nodePortsAnswer: kind !== "existing",
  };
}
