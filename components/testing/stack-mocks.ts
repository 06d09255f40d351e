import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../cluster";
import type { GatewayImage } from "../image/gateway-image";
import { makeStack } from "../stack";
import { type ClusterDefaults, loadSettings, type Settings } from "../../settings";
import { noteAll, type Noted } from "./pulumi-mocks";

/** What a whole stack registers with a configuration. */
export async function objectsOfStack(
  config: { readonly [key: string]: string },
  changes: Partial<ClusterDefaults> = {},
): Promise<{ readonly objects: readonly Noted[]; readonly settings: Settings; readonly choices: ClusterDefaults }> {
  let settings: Settings | undefined;
  const choices: ClusterDefaults = {
    gateway: "standin",
    routing: "stub",
    needsStub: true,
    serviceType: "NodePort",
    metricsServer: "cluster",
    nodePortsAnswer: true,
    ...changes,
  };
  const objects = await noteAll(() => {
    const source = {
      values: new Map(Object.entries(config)),
      secretKeys: new Set(["redisUrl", "redisPassword", "imagePullConfig", "OPENAI_API_KEY"]),
    };
    settings = loadSettings(source);
    const kubeconfig = pulumi.secret("apiVersion: v1");
    const cluster = {
      kind: "existing",
      nodeAddress: pulumi.output("10.0.0.2"),
      kubectl: "kubectl",
      images: { redis: "redis:1", jaeger: "jaeger:1", haproxy: "haproxy:1" },
      provider: new k8s.Provider("cluster", { kubeconfig }),
    } as unknown as Cluster;
    const built = {
      gateway: pulumi.output("gateway:1"),
      stub: pulumi.output("stub:1"),
      programs: {},
      isStandin: choices.gateway === "standin",
    } as unknown as GatewayImage;
    makeStack({ settings, choices, cluster, built, kubeconfig });
  });
  return { objects, settings: settings as unknown as Settings, choices };
}
