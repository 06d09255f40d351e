import { spawn, type SpawnOptions } from "node:child_process";
import { existsSync } from "node:fs";
import type * as everything from "@kubernetes/client-node" with { "resolution-mode": "import" };
import type { Kubeconfig } from "./kubeconfig";

/**
 * What is used of `@kubernetes/client-node`: its kubeconfig knows certificates, tokens, credential programs and proxies.
 * Compiled programs hold these parts only: see verify/build/bundle.ts.
 */
export const clientNodeParts = ["KubeConfig", "PortForward"] as const;

/** The Kubernetes client, as far as it is used. */
export type ClientNode = Pick<typeof everything, (typeof clientNodeParts)[number]>;

/** The configuration of a client. */
export type ClientConfig = everything.KubeConfig;

/** Limit of a program that gives credentials, in milliseconds. */
export const credentialsLimitMs = 10_000;

/** The context that client-node makes of a pod's own account. */
export const podContext = "inClusterContext";

/** Whether this process runs in a pod, with an account of its own. */
export function isInPod(): boolean {
  const token = "/var/run/secrets/kubernetes.io/serviceaccount/token";
  return process.env["KUBERNETES_SERVICE_HOST"] !== undefined && existsSync(token);
}

/** Loads the Kubernetes client, which takes longer than a small run: only where a cluster is asked. */
export function loadClientNode(): Promise<ClientNode> {
  return import("@kubernetes/client-node");
}

/** A kubeconfig for the client; undefined: that of the pod that this process runs in. */
export async function clientConfig(kubeconfig: Pick<Kubeconfig, "content" | "tokenFile"> | undefined): Promise<ClientConfig> {
  const { KubeConfig } = await loadClientNode();
  const config = new KubeConfig();
  if (kubeconfig === undefined) config.loadFromCluster();
  else config.loadFromString(kubeconfig.content);
  if (kubeconfig?.tokenFile !== undefined)
    Object.assign(config.getCurrentUser() ?? {}, {
      authProvider: { name: "tokenFile", config: { tokenFile: kubeconfig.tokenFile } },
    });
  limitPrograms(config);
  return config;
}

/** client-node lets a credential program take all the time it wants, and one that hangs keeps this process alive. */
function limitPrograms(config: ClientConfig): void {
  const { authenticators } = config as unknown as { readonly authenticators: readonly { execFn?: unknown }[] };
  for (const it of authenticators.filter(({ execFn }) => execFn !== undefined)) {
    it.execFn = (command: string, args: readonly string[] | undefined, options: SpawnOptions) => {
      const program = spawn(command, args ?? [], { ...options, stdio: ["ignore", "pipe", "pipe"] });
      const end = (): void => {
        program.kill("SIGKILL");
        // What it started may hold them open.
        program.stdout.destroy();
        program.stderr.destroy();
      };
      const limit = setTimeout(end, credentialsLimitMs);
      program.once("close", () => clearTimeout(limit));
      return program;
    };
  }
}
