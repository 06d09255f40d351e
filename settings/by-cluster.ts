import * as pulumi from "@pulumi/pulumi";
import type { ClusterKind } from "./cluster-kind";
import { releaseOf } from "./plano/releases";
import { conflictsWithCluster } from "./rules";
import type { Settings } from "./table";

/** What is only known once the cluster has been chosen. */
export interface ClusterDefaults {
  readonly gateway: "plano" | "standin";
  /** What chooses routes: the stub, or the hosted service that Plano uses by default and the stand-in does not know. */
  readonly routing: "stub" | "hosted";
  /** Whether the LLM stub runs: it answers or routes, or has the price list that holds sessions on Plano 0.4.29 and later. */
  readonly needsStub: boolean;
  readonly serviceType: "NodePort" | "LoadBalancer" | "ClusterIP";
  /** Source of the autoscaler's metrics: the cluster itself, a metrics-server of the stack, or none required. */
  readonly metricsServer: "cluster" | "install" | "ignore";
  /** Whether something that the stack uses lies outside of the cluster. */
  readonly outside: boolean;
  /** Whether the node's ports answer on this machine, so that Jaeger's page can have one too. */
  readonly nodePortsAnswer: boolean;
}

/**
 * Settles the keys that are `auto` until the kind of cluster is known.
 *
 * @param joined whether the cluster was there before the stack, and stays
 * @throws pulumi.RunError with every setting that does not fit the cluster, and its remedy
 */
export function settleByCluster(settings: Settings, kind: ClusterKind, joined = kind === "existing"): ClusterDefaults {
  const gateway = settings.gateway === "auto" ? (kind === "sandbox" ? "standin" : "plano") : settings.gateway;
  const conflicts = conflictsWithCluster(settings, kind, gateway);
  if (conflicts.length > 0) throw new pulumi.RunError(conflicts.join("\n"));
  // Behind an Ingress or a Gateway a second way in from outside would cost an address, and bypass its TLS.
  const usual = kind !== "existing" ? "NodePort" : settings.ingress.kind === "none" ? "LoadBalancer" : "ClusterIP";
  // The sandbox has its own, and a cluster that was there before may have one: it is left alone.
  const usualMetrics = kind === "kind" && !joined ? "install" : "cluster";
  const routing = settings.upstream === "stub" || gateway === "standin" ? "stub" : "hosted";
  return {
    gateway,
    routing,
    needsStub: routing === "stub" || releaseOf(settings.planoVersion)?.keeps === "anchored",
    serviceType: settings.serviceType === "auto" ? usual : settings.serviceType,
    metricsServer: kind === "sandbox" ? "cluster" : settings.metricsServer === "auto" ? usualMetrics : settings.metricsServer,
    outside: settings.upstream === "openai" || settings.redisUrl !== undefined || settings.otlpEndpoint !== undefined,
    nodePortsAnswer: kind !== "existing",
  };
}
