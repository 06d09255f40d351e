import * as pulumi from "@pulumi/pulumi";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, isAbsolute, join, resolve } from "node:path";
import { parse, stringify } from "yaml";

/** A cluster of the user's kubeconfig. */
export interface KubeconfigCluster {
  /** Name of the context. */
  readonly context: string;
  /** Address of the API server. */
  readonly server: string;
  /** A kubeconfig of this context alone: the credentials of other clusters are none of the stack's business. */
  readonly kubeconfig: string;
  /** Whether it says that minikube wrote it. */
  readonly minikube: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

/** The fields that are looked into; all others are passed on as they are. */
interface Kubeconfig {
  readonly "current-context"?: string | null;
  readonly contexts?: readonly { readonly name: string; readonly context: Fields & { cluster?: string; user?: string } }[] | null;
  readonly clusters?: readonly { readonly name: string; readonly cluster: Fields & { server?: string } }[] | null;
  readonly users?: readonly { readonly name: string; readonly user: Fields }[] | null;
}

/** Fields that name files, relative to the kubeconfig's own folder. */
const fileFields = ["certificate-authority", "client-certificate", "client-key", "tokenFile"];

/**
 * Finds a context in the files of KUBECONFIG, merged as kubectl does: of entries with one name the first counts.
 *
 * @param wanted name of a context. Default: the current one.
 * @throws pulumi.RunError when there is no kubeconfig, or no such context in it. The message quotes none of its content.
 */
export function findContext(wanted: string | undefined): KubeconfigCluster {
  const files = kubeconfigFiles();
  const configs = files.map(readKubeconfig);
  // kubectl leaves an empty text where no context is chosen.
  const current = configs.map((it) => it["current-context"]).find((it) => it !== undefined && it !== null && it !== "");
  const context = wanted ?? current ?? undefined;
  const contexts = firstOfName(configs.flatMap((it) => it.contexts ?? []));
  const found = contexts.find((it) => it.name === context);
  const where = files.join(delimiter);
  if (context === undefined || found === undefined) {
    const known = contexts.map((it) => it.name).join(", ");
    throw new pulumi.RunError(
      `context: ${context === undefined ? "no context is chosen" : `there is no context "${context}"`} in ${where} (known: ${known === "" ? "none" : known}).\n  → pulumi config set context …`,
    );
  }
  const clusters = firstOfName(configs.flatMap((it) => it.clusters ?? [])).filter((it) => it.name === found.context.cluster);
  const users = firstOfName(configs.flatMap((it) => it.users ?? [])).filter((it) => it.name === found.context.user);
  const server = clusters[0]?.cluster.server;
  if (server === undefined) {
    throw new pulumi.RunError(
      `context: "${context}" in ${where} names the cluster "${found.context.cluster ?? ""}", which is not there.\n  → pulumi config set context …, or mend it with \`kubectl config set-cluster\``,
    );
  }
  // Without it the server would be asked as nobody. A context that names no user at all means just that.
  const { user } = found.context;
  if (user !== undefined && user !== "" && users.length === 0) {
    throw new pulumi.RunError(
      `context: "${context}" in ${where} names the user "${user}", who is not there.\n  → log in again, pulumi config set context …, or mend it with \`kubectl config set-credentials\``,
    );
  }
  const minified = { apiVersion: "v1", kind: "Config", "current-context": context, contexts: [found], clusters, users };
  return { context, server, kubeconfig: stringify(minified), minikube: isMinikube([found.context, clusters[0]?.cluster]) };
}

function readKubeconfig(file: string): Kubeconfig {
  try {
    const content: unknown = parse(readFileSync(file, "utf8"));
    if (typeof content === "object" && content !== null) return withAbsolutePaths(content, dirname(resolve(file)));
  } catch {
    // What the parser says would quote the file, and the file holds keys.
  }
  throw new pulumi.RunError(`cluster: ${file} is not a kubeconfig. Set KUBECONFIG to one that \`kubectl config view\` can read.`);
}

/** A file that was asked for is never replaced by the default one: that may be another cluster. */
function kubeconfigFiles(): string[] {
  const fromEnvironment = (process.env.KUBECONFIG ?? "").split(delimiter).filter((it) => it !== "");
  const files = fromEnvironment.length > 0 ? fromEnvironment : [join(homedir(), ".kube", "config")];
  const there = files.filter((it) => existsSync(it));
  if (there.length === 0) {
    throw new pulumi.RunError(
      `cluster: no kubeconfig was found (${files.join(", ")}). Set KUBECONFIG, or let one be made: pulumi config set cluster sandbox`,
    );
  }
  return there;
}

/** The stack keeps the content without its folder. */
function withAbsolutePaths(config: Kubeconfig, folder: string): Kubeconfig {
  const absolute = <T extends Fields>(fields: T): T => {
    const moved = fileFields.flatMap((key) => {
      const path = fields[key];
      return typeof path === "string" && path !== "" && !isAbsolute(path) ? [[key, join(folder, path)]] : [];
    });
    return { ...fields, ...(Object.fromEntries(moved) as Fields) };
  };
  return {
    ...config,
    clusters: config.clusters?.map((it) => ({ ...it, cluster: absolute(it.cluster) })),
    users: config.users?.map((it) => ({ ...it, user: withAbsoluteProgram(absolute(it.user), folder) })),
  };
}

/** A program with a folder in its name is looked for beside the kubeconfig, one without on PATH. */
function withAbsoluteProgram(user: Fields, folder: string): Fields {
  const exec = user["exec"] as { readonly command?: unknown } | null | undefined;
  const command = exec?.command;
  if (typeof command !== "string" || isAbsolute(command) || !/[/\\]/.test(command)) return user;
  return { ...user, exec: { ...exec, command: join(folder, command) } };
}

function firstOfName<T extends { readonly name: string }>(entries: readonly T[]): T[] {
  return entries.filter((it, index) => entries.findIndex(({ name }) => name === it.name) === index);
}

/** minikube notes itself in the extensions of what it writes. */
function isMinikube(parts: readonly (Fields | undefined)[]): boolean {
  return parts.some((it) => JSON.stringify(it?.["extensions"] ?? []).includes("minikube.sigs.k8s.io"));
}
