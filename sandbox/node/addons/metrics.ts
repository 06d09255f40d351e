import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Manifest } from "../../../lib/kubernetes/objects";
import { nodePaths, type NodeSpec } from "../spec";
import type { Supervisor } from "../supervise";
import { nodeService } from "./dns";

const port = 10251;

/** Starts metrics-server as a process of the node: the autoscaler's source of CPU figures. */
export async function startMetricsServer(supervisor: Supervisor): Promise<void> {
  const { pki, kubeconfig } = nodePaths(supervisor.spec.folder);
  await supervisor.start("metrics-server", [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    `--secure-port=${port}`,
    `--tls-cert-file=${join(pki, "metrics-server-serving.crt")}`,
    `--tls-private-key-file=${join(pki, "metrics-server-serving.key")}`,
    `--kubelet-certificate-authority=${join(pki, "ca.crt")}`,
    "--kubelet-preferred-address-types=InternalIP",
    // The time-out must be shorter than the resolution.
    "--metric-resolution=10s",
    "--kubelet-request-timeout=5s",
  ]);
}

/** The API that metrics-server adds. */
export function metricsObjects(spec: NodeSpec): Manifest[] {
  const name = "metrics-server";
  const caBundle = readFileSync(join(nodePaths(spec.folder).pki, "ca.crt")).toString("base64");
  return [
    ...nodeService(spec, name, [{ name: "https", port: 443, targetPort: port, protocol: "TCP" }]),
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
        service: { name, namespace: "kube-system" },
      },
    },
  ];
}
