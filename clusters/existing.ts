import * as pulumi from "@pulumi/pulumi";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { parse, stringify } from "yaml";
import type { ClusterParts, ClusterRequest } from "./cluster-parts";

/** Published images of the parts that are not the gateway. */
export const publishedImages = {
  redis: "docker.io/library/redis:7.4.2",
  jaeger: "docker.io/jaegertracing/all-in-one:1.76.0",
} as const;

interface Kubeconfig {
  "current-context"?: string;
  contexts?: { name: string; context: { cluster: string } }[];
  clusters?: { name: string; cluster: { server: string } }[];
}

/**
 * Joins a cluster of the user's: it is never changed as such, and never removed.
 *
 * @throws pulumi.RunError when there is no kubeconfig, or no such context in it.
 */
export function joinExisting(request: ClusterRequest): ClusterParts {
  const file = kubeconfigFile();
  const kubeconfig = readKubeconfig(file);
  // kubectl leaves an empty text where no context is chosen.
  const context = request.context ?? (kubeconfig["current-context"] === "" ? undefined : kubeconfig["current-context"]);
  const found = kubeconfig.contexts?.find((it) => it.name === context);
  if (found === undefined) {
    const known = (kubeconfig.contexts ?? []).map((it) => it.name).join(", ");
    throw new pulumi.RunError(
      `context: ${context === undefined ? "no context is chosen" : `there is no context "${context}"`} in ${file} (known: ${known === "" ? "none" : known}).\n  → pulumi config set context …`,
    );
  }
  const server = kubeconfig.clusters?.find((it) => it.name === found.context.cluster)?.cluster.server ?? "";
  return {
    kind: "existing",
    kubeconfig: pulumi.secret(stringify({ ...kubeconfig, "current-context": context })),
    identifier: pulumi.output(server),
    nodeAddress: pulumi.output(undefined),
    images: { redis: pulumi.output(publishedImages.redis), jaeger: pulumi.output(publishedImages.jaeger) },
  };
}

function readKubeconfig(file: string): Kubeconfig {
  try {
    const content: unknown = parse(readFileSync(file, "utf8"));
    if (typeof content === "object" && content !== null) return content as Kubeconfig;
  } catch {
    // What the parser says would quote the file, and the file holds keys.
  }
  throw new pulumi.RunError(`cluster: ${file} is not a kubeconfig. Set KUBECONFIG to one that \`kubectl config view\` can read.`);
}

/** A file that was asked for is never replaced by the default one: that may be another cluster. */
function kubeconfigFile(): string {
  const fromEnvironment = (process.env.KUBECONFIG ?? "").split(delimiter).filter((it) => it !== "");
  const files = fromEnvironment.length > 0 ? fromEnvironment : [join(homedir(), ".kube", "config")];
  const file = files.find((it) => existsSync(it));
  if (file === undefined) {
    throw new pulumi.RunError(
      `cluster: no kubeconfig was found (${files.join(", ")}). Set KUBECONFIG, or let one be made: pulumi config set cluster sandbox`,
    );
  }
  return file;
}
