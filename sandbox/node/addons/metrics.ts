import type { KubernetesObject } from "@kubernetes/client-node";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { nodePaths, type NodeSpec } from "../spec";
import type { Supervisor } from "../supervise";
import { binding, clusterReader, endpoints, service } from "./dns";

const user = "plano-affinity:metrics-server";
const port = 10251;

/** Starts metrics-server as a process of the node: the autoscaler's source of CPU figures. */
export async function startMetricsServer(supervisor: Supervisor): Promise<void> {
  const paths = nodePaths(supervisor.spec.folder);
  const kubeconfig = join(paths.config, "metrics-server.kubeconfig");
  await supervisor.start("metrics-server", [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    `--secure-port=${port}`,
    `--tls-cert-file=${join(paths.pki, "metrics-server-serving.crt")}`,
    `--tls-private-key-file=${join(paths.pki, "metrics-server-serving.key")}`,
    `--kubelet-certificate-authority=${join(paths.pki, "ca.crt")}`,
    "--kubelet-preferred-address-types=InternalIP",
    // The time-out must be shorter than the resolution.
    "--metric-resolution=10s",
    "--kubelet-request-timeout=5s",
  ]);
}

/** The API that metrics-server adds, and what it may read. */
export function metricsObjects(spec: NodeSpec): KubernetesObject[] {
  const ports = [{ name: "https", port: 443, targetPort: port, protocol: "TCP" }];
  const caBundle = readFileSync(join(nodePaths(spec.folder).pki, "ca.crt")).toString("base64");
  return [
    service("metrics-server", ports),
    endpoints("metrics-server", [{ name: "https", port, protocol: "TCP" }], spec),
    {
      apiVersion: "apiregistration.k8s.io/v1",
      kind: "APIService",
      metadata: { name: "v1beta1.metrics.k8s.io" },
      spec: {
        group: "metrics.k8s.io",
        version: "v1beta1",
        groupPriorityMinimum: 100,
        versionPriority: 100,
        caBundle,
        service: { name: "metrics-server", namespace: "kube-system" },
      },
    } as KubernetesObject,
    ...clusterReader(user, [
      { apiGroups: [""], resources: ["nodes/metrics"], verbs: ["get"] },
      { apiGroups: [""], resources: ["pods", "nodes"], verbs: ["get", "list", "watch"] },
      { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "watch"] },
    ]),
    binding(user, "system:auth-delegator"),
  ];
}
