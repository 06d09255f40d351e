import { readFile } from "node:fs/promises";
import { request } from "node:https";
import { join } from "node:path";
import { nodePaths, type NodeSpec } from "./spec";
import type { Supervisor } from "./supervise";

const etcdUrl = "http://127.0.0.1:2379";

/** Starts etcd and the API server, and waits until the API server is ready. */
export async function startApiServer(supervisor: Supervisor): Promise<void> {
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
  await supervisor.until({ subject: "the API server", limitMs: 60_000, intervalMs: 50 }, async () => {
    const { status, body } = await get(spec, "/readyz");
    if (status !== 200) throw new Error(`/readyz answers ${status}: ${body.slice(0, 200)}`);
    return true;
  });
}

/** Starts the controllers and the scheduler; they may start before they are needed. */
export async function startControllers(supervisor: Supervisor): Promise<void> {
  const paths = nodePaths(supervisor.spec.folder);
  const kubeconfigs = (user: string): string[] =>
    ["kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig"].map(
      (flag) => `--${flag}=${join(paths.config, `${user}.kubeconfig`)}`,
    );
  await supervisor.start("kube-controller-manager", [
    ...kubeconfigs("controller-manager"),
    `--service-account-private-key-file=${join(paths.pki, "service-accounts.key")}`,
    `--root-ca-file=${join(paths.pki, "ca.crt")}`,
    "--use-service-account-credentials=true",
    "--leader-elect=false",
    "--enable-hostpath-provisioner=true",
    // Defaults made for large clusters: 15 seconds each, in which the stack would only wait.
    "--pvclaimbinder-sync-period=1s",
    "--horizontal-pod-autoscaler-sync-period=2s",
    // Fresh pods have no CPU figure yet; the default of five minutes is made for slower metrics.
    "--horizontal-pod-autoscaler-cpu-initialization-period=30s",
    "--horizontal-pod-autoscaler-initial-readiness-delay=10s",
  ]);
  await supervisor.start("kube-scheduler", [...kubeconfigs("scheduler"), "--leader-elect=false"]);
}

/** Asks the node's API server, as its administrator. */
async function get(spec: NodeSpec, path: string): Promise<{ status: number; body: string }> {
  const { pki } = nodePaths(spec.folder);
  const [ca, cert, key] = await Promise.all(["ca.crt", "admin.crt", "admin.key"].map((it) => readFile(join(pki, it))));
  return new Promise((resolve, reject) => {
    const call = request({ host: "127.0.0.1", port: 6443, path, ca, cert, key, agent: false, timeout: 5_000 }, (answer) => {
      let body = "";
      answer.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      answer.once("end", () => resolve({ status: answer.statusCode ?? 0, body }));
    });
    call.once("timeout", () => call.destroy(new Error("no answer within 5 s")));
    call.once("error", reject).end();
  });
}
