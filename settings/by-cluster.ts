import * as pulumi from "@pulumi/pulumi";
import type { ClusterKind } from "./cluster-kind";
import { releaseOf } from "./plano/releases";
import { none } from "./schema";
import type { Settings } from "./settings";

/** What is only known once the cluster has been chosen. */
export interface ClusterDefaults {
  readonly gateway: "plano" | "standin";
  /** Who chooses routes: the stub, or the service that Plano uses by itself and the stand-in does not know. */
  readonly routing: "stub" | "hosted";
  /** Whether the LLM stub runs: it answers or routes, or has the price list that holds sessions on Plano 0.4.29 and later. */
  readonly needsStub: boolean;
  readonly serviceType: "NodePort" | "LoadBalancer" | "ClusterIP";
  /** Who gives the autoscaler its figures: the cluster itself, a metrics-server of the stack, or nobody. */
  readonly metricsServer: "cluster" | "install" | "ignore";
  /** Whether ports of the node answer on this machine, so that Jaeger's page can have one too. */
  readonly nodePortsAnswer: boolean;
}

/**
 * Settles the keys that are `auto` until the kind of cluster is known.
 *
 * @param joined whether the cluster was there before the stack, and stays
 * @throws pulumi.RunError naming each setting that the cluster does not go with, and its remedy.
 */
export function settleByCluster(settings: Settings, kind: ClusterKind, joined = kind === "existing"): ClusterDefaults {
  const gateway = settings.gateway === "auto" ? (kind === "sandbox" ? "standin" : "plano") : settings.gateway;
  const isAnchored = releaseOf(settings.planoVersion)?.keeps === "anchored";
  const conflicts = [
    ...(gateway === "plano" && settings.standinFault !== none
      ? [
          `standinFault: only the stand-in gateway has faults, and on a cluster of kind ${kind} the gateway is plano.\n  → pulumi config set gateway standin`,
        ]
      : []),
    ...(kind === "sandbox" && gateway === "plano" && settings.image === undefined && settings.registry === undefined
      ? [
          "gateway: the sandbox cannot pull Plano's image, it has no route to a public registry.\n  → pulumi config set gateway standin, pulumi config set cluster existing, or pulumi config set registry … for one on this machine",
        ]
      : []),
    ...(kind === "sandbox" && settings.upstream === "openai"
      ? [
          "upstream: the sandbox's pods have no route to OpenAI.\n  → pulumi config set upstream stub, or pulumi config set cluster existing",
        ]
      : []),
    ...(kind !== "existing" && settings.monitoring !== undefined
      ? [
          `monitoring: a cluster of kind ${kind} has no Prometheus Operator.\n  → pulumi config set monitoring off, or pulumi config set cluster existing`,
        ]
      : []),
  ];
  if (conflicts.length > 0) throw new pulumi.RunError(conflicts.join("\n"));
  // Behind an Ingress or a Gateway a second way in from outside would cost an address, and go round its TLS.
  const usual = kind !== "existing" ? "NodePort" : settings.ingress.kind === "none" ? "LoadBalancer" : "ClusterIP";
  const serviceType = settings.serviceType === "auto" ? usual : settings.serviceType;
  const routing = settings.upstream === "stub" || gateway === "standin" ? "stub" : "hosted";
  return {
    gateway,
    routing,
    needsStub: routing === "stub" || isAnchored,
    serviceType,
    metricsServer: metricsServerOn(kind, joined, settings.metricsServer),
    nodePortsAnswer: kind !== "existing",
  };
}

/** The sandbox has one of its own, a new kind cluster has none, and one that was there before may have: it is left alone. */
function metricsServerOn(
  kind: ClusterKind,
  joined: boolean,
  wanted: Settings["metricsServer"],
): ClusterDefaults["metricsServer"] {
  if (kind === "sandbox") return "cluster";
  return wanted === "auto" ? (kind === "kind" && !joined ? "install" : "cluster") : wanted;
}
