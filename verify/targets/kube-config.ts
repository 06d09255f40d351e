import type { KubeConfig } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { reasonOf, Unmeasurable, UsageError } from "../common/errors";
import type { KubernetesTarget } from "../options";
import { loadKubernetesClient } from "./kubernetes-client";

/** What the client fills in where there is no kubeconfig at all. */
const placeholderServer = "http://localhost:8080";

/**
 * The kubeconfig that a target means, with its context chosen.
 * @throws UsageError when it cannot be read or has no such context
 * @throws Unmeasurable when there is none
 */
export async function loadKubeConfig(target: Pick<KubernetesTarget, "kubeconfig" | "context">): Promise<KubeConfig> {
  const client = await loadKubernetesClient();
  const config = new client.KubeConfig();
  try {
    if (target.kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromString(target.kubeconfig);
  } catch (error) {
    throw new UsageError([
      {
        path: "kubeconfig",
        reason: `it cannot be read: ${problemIn(error)}`,
        remedy: "see $KUBECONFIG or ~/.kube/config",
      },
    ]);
  }
  if (config.getCurrentCluster()?.server === placeholderServer) {
    throw new Unmeasurable("no kubeconfig was found: set KUBECONFIG, or name replicas with --replica NAME=URL");
  }
  if (target.context !== undefined) {
    const names = config.getContexts().map(({ name }) => name);
    if (!names.includes(target.context)) {
      const known = names.length === 0 ? "the kubeconfig has none" : `choose from ${names.join(", ")}`;
      throw new UsageError([{ path: "--context", reason: `there is no context "${target.context}"`, remedy: known }]);
    }
    config.setCurrentContext(target.context);
  }
  return config;
}

/** What a YAML parser's error has besides its message. */
interface YamlProblem {
  readonly reason: string;
  /** Both from 0. */
  readonly mark?: { readonly line: number; readonly column: number };
}

/** A YAML parser's message quotes lines of the file, and even its reason a word: they may be a token or a key. */
function problemIn(error: unknown): string {
  if (!isYamlProblem(error)) return reasonOf(error);
  const { reason, mark } = error;
  const where = mark === undefined ? "" : ` (line ${mark.line + 1}, column ${mark.column + 1})`;
  return `${reason.replace(/ *["!:].*$/s, "")}${where}`;
}

function isYamlProblem(error: unknown): error is YamlProblem {
  return error instanceof Error && "reason" in error && typeof error.reason === "string";
}
