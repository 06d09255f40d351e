import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { componentOf, type Manifest, type Manifests } from "../manifest";
import { partOfStack } from "../names";
import type { PlanoStackArgs } from "../plano-stack-args";

/** Arguments of {@link MetricsServer}. */
export type MetricsServerArgs = Pick<PlanoStackArgs, "insecureKubelets" | "annotations">;

/** The objects of metrics-server.yaml in their order, and what each waits for. */
const after: { readonly [key: string]: readonly string[] } = {
  account: [],
  reader: [],
  role: [],
  "auth-reader": ["account"],
  "auth-delegator": ["account"],
  binding: ["account", "role"],
  main: ["auth-reader", "auth-delegator", "binding"],
  service: ["main"],
  api: ["service"],
};
const keys = Object.keys(after);

/** Of the Deployment: where its container's arguments are. */
const args = ["spec", "template", "spec", "containers", 0, "args"];

export function metricsServerObjects({ annotations, insecureKubelets = false }: MetricsServerArgs): Manifests {
  const documents = parseAllDocuments(readFileSync(join(__dirname, "metrics-server.yaml"), "utf8"));
  if (insecureKubelets) documents[keys.indexOf("main")]?.addIn(args, "--kubelet-insecure-tls");
  const objects = documents.map((document, index): [string | undefined, Manifest] => {
    const { metadata, ...object } = document.toJS() as Manifest;
    return [keys[index], { ...object, metadata: { ...metadata, labels: { ...metadata.labels, ...partOfStack }, annotations } }];
  });
  return Object.fromEntries(objects) as Manifests;
}

/** metrics-server for the whole cluster: the autoscaler's source of CPU figures. */
export const MetricsServer = componentOf("MetricsServer", metricsServerObjects, after);
