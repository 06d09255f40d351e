import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { KubernetesApi } from "../../lib/kubernetes/api";
import { clientConfig } from "../../lib/kubernetes/client-node";
import { nodePaths } from "./spec";
import type { Supervisor } from "./supervise";

const etcdUrl = "http://127.0.0.1:2379";

/** Starts etcd and the API server. @returns the API, as its administrator, once it is ready */
export async function startApiServer(supervisor: Supervisor): Promise<KubernetesApi> {
  const { spec } = supervisor;
  const paths = nodePaths(spec.folder);
  const pki = (file: string): string => join(paths.pki, file);
  await supervisor.start("etcd", [
    `--data-dir=${paths.etcd}`,
    `--listen-client-urls=${etcdUrl}`,
    `--advertise-client-urls=${etcdUrl}`,
    "--listen-peer-urls=http://127.0.0.1:2380",
    // A sandbox that loses power is made again; syncing to disk only makes it slow.
    "--unsafe-no-fsync",
    "--log-level=warn",
  ]);
  await supervisor.start("kube-apiserver", [
    `--etcd-servers=${etcdUrl}`,
    `--advertise-address=${spec.network.nodeAddress}`,
    "--bind-address=0.0.0.0",
    "--secure-port=6443",
    `--service-cluster-ip-range=${spec.network.serviceCidr}`,
    `--tls-cert-file=${pki("apiserver.crt")}`,
    `--tls-private-key-file=${pki("apiserver.key")}`,
    `--client-ca-file=${pki("ca.crt")}`,
    `--service-account-key-file=${pki("service-accounts.pub")}`,
    `--service-account-signing-key-file=${pki("service-accounts.key")}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    "--authorization-mode=Node,RBAC",
    `--kubelet-client-certificate=${pki("admin.crt")}`,
    `--kubelet-client-key=${pki("admin.key")}`,
    `--kubelet-certificate-authority=${pki("ca.crt")}`,
    // Its default asks a name service for the node's name; exec, logs and port-forward would fail.
    "--kubelet-preferred-address-types=InternalIP",
    `--requestheader-client-ca-file=${pki("ca.crt")}`,
    "--requestheader-allowed-names=front-proxy-client",
    "--requestheader-username-headers=X-Remote-User",
    "--requestheader-group-headers=X-Remote-Group",
    "--requestheader-extra-headers-prefix=X-Remote-Extra-",
    `--proxy-client-cert-file=${pki("front-proxy.crt")}`,
    `--proxy-client-key-file=${pki("front-proxy.key")}`,
    "--enable-aggregator-routing=true",
    "--allow-privileged=true",
  ]);
  // Only now: the client takes a while to load, in which the processes start.
  const config = await clientConfig({ content: await readFile(paths.kubeconfig, "utf8") });
  const api = await KubernetesApi.connect(config, { limitMs: 30_000 });
  await supervisor.until({ subject: "the API server", limitMs: 60_000, intervalMs: 50 }, () =>
    api.text({ path: "/readyz", limitMs: 5_000 }),
  );
  return api;
}

/** Starts the controllers and the scheduler; they may start before they are needed. */
export async function startControllers(supervisor: Supervisor): Promise<void> {
  const { pki, kubeconfig } = nodePaths(supervisor.spec.folder);
  const common = [
    ...["kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig"].map((flag) => `--${flag}=${kubeconfig}`),
    "--leader-elect=false",
  ];
  await supervisor.start("kube-controller-manager", [
    ...common,
    `--service-account-private-key-file=${join(pki, "service-accounts.key")}`,
    `--root-ca-file=${join(pki, "ca.crt")}`,
    "--use-service-account-credentials=true",
    "--enable-hostpath-provisioner=true",
    // Defaults made for large clusters: 15 seconds each, in which the stack would only wait.
    "--pvclaimbinder-sync-period=1s",
    "--horizontal-pod-autoscaler-sync-period=2s",
    // Fresh pods have no CPU figure yet; the default of five minutes is made for slower metrics.
    "--horizontal-pod-autoscaler-cpu-initialization-period=30s",
    "--horizontal-pod-autoscaler-initial-readiness-delay=10s",
  ]);
  await supervisor.start("kube-scheduler", common);
}
