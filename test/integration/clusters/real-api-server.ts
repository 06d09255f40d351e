import { type ChildProcess, spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubernetesApi } from "../../../lib/kubernetes/api";
import { clientConfig } from "../../../lib/kubernetes/client-node";
import { waitFor } from "../../../lib/wait";
import { findTool } from "../../../sandbox/toolchain/ensure";
import { tools } from "../../../sandbox/toolchain/tools";
import { freePort } from "../../../standin/testing/redis";

/** kube-apiserver with its etcd, and no controllers: what is made stays as it is. */
export class RealApiServer implements AsyncDisposable {
  private constructor(
    private readonly folder: string,
    private readonly processes: readonly ChildProcess[],
    private readonly url: string,
  ) {}

  /** @returns undefined on a machine that has not got them yet */
  static async start(): Promise<RealApiServer | undefined> {
    const [etcd, kubernetes] = await Promise.all([findTool(tools.etcd), findTool(tools.kubernetes)]);
    const program = kubernetes?.binaries["kube-apiserver"];
    if (etcd?.binaries["etcd"] === undefined || program === undefined) return undefined;
    const folder = await mkdtemp(join(tmpdir(), "plano-affinity-api-server-"));
    const [client, peer, port] = [await freePort(), await freePort(), await freePort()];
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
    const key = join(folder, "accounts.key");
    await writeFile(key, privateKey.export({ type: "pkcs1", format: "pem" }), { mode: 0o600 });
    const tokens = join(folder, "tokens.csv");
    await writeFile(tokens, 'admin,admin,1,"system:masters"\ntenant,tenant,2\n', { mode: 0o600 });
    const start = (command: string, ...args: string[]) => spawn(command, args, { stdio: "ignore" });
    const urls = [`http://127.0.0.1:${client}`, `http://127.0.0.1:${peer}`] as const;
    const processes = [
      start(
        etcd.binaries["etcd"],
        ...[
          `--data-dir=${folder}/etcd`,
          `--listen-client-urls=${urls[0]}`,
          `--advertise-client-urls=${urls[0]}`,
          "--unsafe-no-fsync",
        ],
        ...[`--listen-peer-urls=${urls[1]}`, `--initial-advertise-peer-urls=${urls[1]}`, `--initial-cluster=default=${urls[1]}`],
      ),
      start(
        program,
        ...[`--etcd-servers=${urls[0]}`, `--cert-dir=${folder}`, "--bind-address=127.0.0.1", `--secure-port=${port}`],
        ...[
          "--service-account-issuer=https://test",
          `--service-account-key-file=${key}`,
          `--service-account-signing-key-file=${key}`,
        ],
        ...["--authorization-mode=RBAC", `--token-auth-file=${tokens}`, "--service-cluster-ip-range=10.9.0.0/24"],
      ),
    ];
    const server = new RealApiServer(folder, processes, `https://127.0.0.1:${port}`);
    try {
      using api = await server.connect("admin");
      await waitFor({ subject: "the API server", limitMs: 90_000, intervalMs: 200 }, async () => {
        await api.text({ path: "/readyz" });
        return true;
      });
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** @param token of `admin`, or of `tenant`, who may do nothing until a role is bound */
  kubeconfig(token: "admin" | "tenant"): string {
    return JSON.stringify({
      "current-context": token,
      contexts: [{ name: token, context: { cluster: "real", user: token } }],
      clusters: [{ name: "real", cluster: { server: this.url, "insecure-skip-tls-verify": true } }],
      users: [{ name: token, user: { token } }],
    });
  }

  async connect(token: "admin" | "tenant"): Promise<KubernetesApi> {
    return KubernetesApi.connect(await clientConfig({ content: this.kubeconfig(token) }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const it of [...this.processes].reverse()) {
      if (it.exitCode !== null || it.pid === undefined) continue;
      const ended = once(it, "exit");
      it.kill("SIGKILL");
      await ended;
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}
