import { generateKeyPairSync } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "../../../lib/files";
import { KubernetesApi } from "../../../lib/kubernetes/api";
import { clientConfig } from "../../../lib/kubernetes/client-node";
import { waitFor } from "../../../lib/wait";
import { findTool } from "../../../sandbox/toolchain/ensure";
import { tools } from "../../../sandbox/toolchain/tools";
import { StartedProcess } from "../../../standin/testing/process";
import { freePort } from "../../../standin/testing/redis";

/** kube-apiserver with its etcd, and no controllers: what is made stays as it is. */
export class RealApiServer implements AsyncDisposable {
  private constructor(
    /** What goes with it, the first one last. */
    private readonly parts: AsyncDisposable[],
    private readonly url: string,
  ) {}

  /** @returns undefined on a machine that has not got them yet */
  static async start(): Promise<RealApiServer | undefined> {
    const [etcd, kubernetes] = await Promise.all([findTool(tools.etcd), findTool(tools.kubernetes)]);
    const [store, program] = [etcd?.binaries["etcd"], kubernetes?.binaries["kube-apiserver"]];
    if (store === undefined || program === undefined) return undefined;
    const folder = await temporaryFolder("plano-affinity-api-server-");
    const [clients, peers] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`];
    const port = await freePort();
    const server = new RealApiServer([folder], `https://127.0.0.1:${port}`);
    try {
      const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
      const key = join(folder.path, "accounts.key");
      await writeFile(key, privateKey.export({ type: "pkcs1", format: "pem" }), { mode: 0o600 });
      const tokens = join(folder.path, "tokens.csv");
      await writeFile(tokens, 'admin,admin,1,"system:masters"\ntenant,tenant,2\n', { mode: 0o600 });
      await server.#run(store, {
        "data-dir": join(folder.path, "etcd"),
        "listen-client-urls": clients,
        "advertise-client-urls": clients,
        "unsafe-no-fsync": "true",
        "listen-peer-urls": peers,
        "initial-advertise-peer-urls": peers,
        "initial-cluster": `default=${peers}`,
      });
      await server.#run(program, {
        "etcd-servers": clients,
        "cert-dir": folder.path,
        "bind-address": "127.0.0.1",
        "secure-port": String(port),
        "service-account-issuer": "https://test",
        "service-account-key-file": key,
        "service-account-signing-key-file": key,
        "authorization-mode": "RBAC",
        "token-auth-file": tokens,
        "service-cluster-ip-range": "10.9.0.0/24",
      });
      using api = await server.connect("admin");
      await waitFor({ subject: "the API server", limitMs: 90_000, intervalMs: 200 }, () => api.text({ path: "/readyz" }));
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #run(command: string, options: Readonly<Record<string, string>>): Promise<void> {
    const args = Object.entries(options).map(([key, value]) => `--${key}=${value}`);
    this.parts.push(await StartedProcess.start({ name: command, command, args, ready: () => true }));
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
    for (const it of this.parts.reverse()) await it[Symbol.asyncDispose]();
  }
}
