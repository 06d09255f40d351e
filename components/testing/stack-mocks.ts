import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { PlanoStack } from "../plano-stack";
import type { ClusterDefaults, Settings } from "../../settings";
import { load } from "../../settings/testing/load-settings";
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
    outside: false,
    nodePortsAnswer: true,
    ...changes,
  };
  const objects = await noteAll(() => {
    settings = load(config);
    const kubeconfig = pulumi.secret("apiVersion: v1");
    const provider = new k8s.Provider("cluster", { kubeconfig });
    const place = { kubeconfig, nodeAddress: "10.0.0.2", image: "gateway:1", stubImage: "stub:1", prefix: "" };
    const gatewayConfig = settings.gatewayConfig?.document;
    new PlanoStack("stack", { ...settings, ...choices, ...place, gatewayConfig }, { provider });
  });
  return { objects, settings: settings as unknown as Settings, choices };
}
