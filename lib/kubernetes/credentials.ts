import { spawn, type SpawnOptions } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import type { OutgoingHttpHeaders } from "node:http";
import type { RequestOptions } from "node:https";
import type { Cluster, KubeConfig } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { CredentialsError } from "./errors";
import { proxyFor } from "./proxy";

/** The fields of a kubeconfig that client-node drops. Source: client-go 0.34, `tools/clientcmd/api/v1`. */
export interface DroppedFields {
  readonly users?: readonly { readonly name: string; readonly user?: UserFields }[];
  readonly clusters?: readonly { readonly name: string; readonly cluster?: { readonly extensions?: readonly Extension[] } }[];
}

type Texts<Name extends string> = Readonly<Partial<Record<Name, string>>>;
type UserFields = Texts<"token" | "tokenFile" | "as" | "as-uid"> & {
  readonly "as-groups"?: readonly string[];
  readonly "as-user-extra"?: Readonly<Record<string, readonly string[]>>;
};
type Extension = { readonly name: string; readonly extension: unknown };
/** A login program, which client-node leaves as it is written. */
type Exec = Texts<"command" | "apiVersion" | "interactiveMode"> & { readonly provideClusterInfo?: boolean };

/** Limit of a program that gives credentials, and of a proxy that connects, in milliseconds. */
const limitMs = 10_000;

/** The server of a sandbox, which is on this machine: no proxy knows the way. */
const ofSandbox = /^https:\/\/10\.231\.\d+\.2:6443$/;

/** Has client-node do with the current context what kubectl does with it. */
export function complete(config: KubeConfig, { users = [], clusters = [] }: DroppedFields): void {
  const [cluster, user] = [config.getCurrentCluster(), config.getCurrentUser()];
  const { extensions } = clusters.find(({ name }) => name === cluster?.name)?.cluster ?? {};
  // The proxy of the environment is not told.
  limitPrograms(config, { ...cluster }, extensions?.find(({ name }) => name === "client.authentication.k8s.io/exec")?.extension);
  completeHeaders(config, users.find(({ name }) => name === user?.name)?.user ?? {});
  if (cluster === null) return;
  const proxyUrl = cluster.proxyUrl ?? (ofSandbox.test(cluster.server) ? undefined : proxyFor(cluster.server));
  // As Go does it: the proxy looks up the name.
  Object.assign(cluster, { proxyUrl: proxyUrl?.replace(/^socks5:/, "socks5h:") });
}

/** What requests of the current context are sent with. @throws CredentialsError */
export async function credentials(config: KubeConfig): Promise<RequestOptions> {
  const program = (config.getCurrentUser()?.exec as Exec | null | undefined)?.command;
  const { proxyUrl = "http://none" } = config.getCurrentCluster() ?? {};
  if (!/^(https?|socks5h?):\/\/[^/]/.test(proxyUrl) || !URL.canParse(proxyUrl))
    throw new CredentialsError("proxy-url of the kubeconfig, or HTTPS_PROXY, is no address with http://, https:// or socks5://");
  const options: RequestOptions = {};
  const started = Date.now();
  try {
    await config.applyToHTTPSOptions(options);
    return options;
  } catch (error) {
    const { code, path: file, message } = error as NodeJS.ErrnoException;
    const isMissing = code === "ENOENT";
    if (program === undefined) {
      const why = isMissing && file !== undefined ? `there is no file ${file}` : message;
      throw new CredentialsError(`the kubeconfig's credentials cannot be used: ${why}`);
    }
    const isLate = Date.now() - started >= limitMs;
    // What a parser says of an answer quotes it, and it may be a token.
    const heard = error instanceof SyntaxError || error instanceof TypeError ? "its answer is no ExecCredential" : message.trim();
    const said = isLate ? `no answer within ${limitMs / 1000} s` : heard;
    const why = isMissing ? "is not installed" : `gave no credentials: ${said}`;
    throw new CredentialsError(`the program ${program} of the kubeconfig ${why}`);
  }
}

/** Adds the token of a file, which wins over one that is in the kubeconfig, and whom to act as but for the name. */
function completeHeaders(config: KubeConfig, { token, tokenFile = "", as = "", ...more }: UserFields): void {
  const apply = config.applyToHTTPSOptions.bind(config);
  config.applyToHTTPSOptions = async (options: RequestOptions) => {
    // A proxy that says nothing would keep this process alive.
    await apply(Object.assign(options, { timeout: limitMs }));
    const headers = options.headers as OutgoingHttpHeaders;
    if (tokenFile !== "" && (token === undefined || existsSync(tokenFile)))
      headers["Authorization"] = `Bearer ${readFileSync(tokenFile, "utf8").trim()}`;
    if (as === "") return;
    if (more["as-uid"] !== undefined) headers["Impersonate-Uid"] = more["as-uid"];
    if (more["as-groups"] !== undefined) headers["Impersonate-Group"] = [...more["as-groups"]];
    for (const [key, values] of Object.entries(more["as-user-extra"] ?? {}))
      headers[`Impersonate-Extra-${encodeURIComponent(key)}`] = [...values];
  };
}

/** Tells a login program what kubectl tells it, and ends it in time: one that hangs would keep this process alive. */
function limitPrograms(config: KubeConfig, cluster: Partial<Cluster>, extension: unknown): void {
  const { authenticators } = config as unknown as { readonly authenticators: readonly { execFn?: unknown }[] };
  for (const it of authenticators.filter(({ execFn }) => execFn !== undefined)) {
    it.execFn = (command: string, args: readonly string[] | undefined, options: SpawnOptions) => {
      const info = execInfo(config.getCurrentUser()?.exec as Exec, cluster, extension);
      const env = { ...(options.env ?? process.env), KUBERNETES_EXEC_INFO: info };
      const program = spawn(command, args ?? [], { ...options, env, stdio: ["ignore", "pipe", "pipe"] });
      const end = (): void => {
        program.kill("SIGKILL");
        // What it started may hold them open.
        program.stdout.destroy();
        program.stderr.destroy();
      };
      const limit = setTimeout(end, limitMs);
      program.once("close", () => clearTimeout(limit));
      return program;
    };
  }
}

/** Source: client-go 0.34, `rest/exec.go`. @throws Error for a program that wants to ask somebody */
function execInfo({ apiVersion, interactiveMode, provideClusterInfo }: Exec, cluster: Partial<Cluster>, config: unknown): string {
  if (interactiveMode === "Always") throw new Error("it asks its user, interactiveMode Always: log in with kubectl first");
  const { server, tlsServerName, skipTLSVerify, caFile, caData, proxyUrl } = cluster;
  const authority = caData ?? (caFile === undefined ? undefined : readFileSync(caFile).toString("base64"));
  const tls = {
    "tls-server-name": tlsServerName,
    "insecure-skip-tls-verify": skipTLSVerify,
    "certificate-authority-data": authority,
  };
  const told = provideClusterInfo === true ? { server, ...tls, "proxy-url": proxyUrl, config } : undefined;
  return JSON.stringify({ apiVersion, kind: "ExecCredential", spec: { interactive: false, cluster: told } });
}
