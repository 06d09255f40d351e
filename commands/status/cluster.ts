import { parse } from "yaml";
import { findProcess } from "../../sandbox/lifecycle/node-process";
import { sandboxFolder } from "../../sandbox/lifecycle/registry";

/** A stack's cluster. */
export interface StackCluster {
  readonly kind: "sandbox" | "kind" | "existing";
  /** The cluster's name, or the context of one that was joined. */
  readonly name: string;
  /** Address of the API server. */
  readonly server: string;
}

/**
 * Pure: the cluster of a kubeconfig; the name of the context tells its kind.
 * @param setting the key `cluster` of the stack
 */
export function clusterOf(kubeconfig: string, setting: string | undefined): StackCluster {
  const config = parse(kubeconfig) as {
    readonly "current-context"?: string;
    readonly contexts?: readonly { readonly name: string; readonly context?: { readonly cluster?: string } }[];
    readonly clusters?: readonly { readonly name: string; readonly cluster?: { readonly server?: string } }[];
  } | null;
  const context = config?.["current-context"] ?? "";
  const cluster = config?.contexts?.find(({ name }) => name === context)?.context?.cluster;
  const server = config?.clusters?.find(({ name }) => name === cluster)?.cluster?.server ?? "an unknown address";
  const [, kind, name] = /^(plano-affinity|kind)-(.+)$/.exec(context) ?? [];
  if (name === undefined || setting === "existing") return { kind: "existing", name: context, server };
  return { kind: kind === "kind" ? "kind" : "sandbox", name, server };
}

/**
 * A request to a sandbox whose processes have ended would wait for its limit.
 * @returns why the cluster does not run, where that is known without asking it
 */
export async function standstill({ kind, name }: StackCluster): Promise<string | undefined> {
  if (kind !== "sandbox" || (await findProcess(sandboxFolder(name))) !== undefined) return undefined;
  return "stopped; npm start starts it again";
}
