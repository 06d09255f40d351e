import type { V1ConfigMap } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { Unmeasurable, UsageError } from "../common/errors";
import type { KubernetesTarget } from "../options";
import { Cluster } from "./cluster";

/** What a deployment says of itself, for a verifier that is told nothing. */
export interface Hints {
  /** A model that the gateway serves. */
  readonly model?: string;
  /** Prompts that its routes tell apart. */
  readonly prompts?: readonly string[];
  /** Descriptions of its routes. */
  readonly descriptions?: readonly string[];
}

/** Where the stack keeps the gateway's configuration, and beside it what its proof asks for. */
const configMap = "plano-config";

interface Configured {
  readonly routing_preferences?: readonly { readonly description?: unknown }[];
}

/** Reads them; none where there is no such ConfigMap, or it may not be read. */
export async function readHints(target: KubernetesTarget, signal: AbortSignal): Promise<Hints> {
  try {
    using cluster = await Cluster.connect(target, signal);
    const { data = {} } = await cluster.api.get<V1ConfigMap>("ConfigMap", configMap);
    const { parse } = await import("yaml");
    const { routing_preferences: routes = [] } = (parse(data["plano_config.yaml"] ?? "{}") ?? {}) as Configured;
    const { model, prompts } = JSON.parse(data["proof.json"] ?? "{}") as Hints;
    return { model, prompts, descriptions: routes.map(({ description }) => String(description)) };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (error instanceof Unmeasurable || error instanceof SyntaxError) return {};
    throw error;
  }
}
