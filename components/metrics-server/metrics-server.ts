import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Document, parseAllDocuments, type YAMLMap } from "yaml";
import { componentOf, type Manifest, type Manifests } from "../manifest";
import { partOfStack } from "../names";
import { mirrored } from "../../settings/images";
import type { PlanoStackArgs } from "../plano-stack-args";
import { withWishes } from "../pod";

/** Arguments of {@link MetricsServer}. */
export type MetricsServerArgs = Pick<PlanoStackArgs, "insecureKubelets" | "annotations" | "images" | "imageMirror" | "pods">;

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

/** Of the Deployment: where its pods are, and their container. */
const pod = ["spec", "template", "spec"];
const container = [...pod, "containers", 0];

export function metricsServerObjects(args: MetricsServerArgs): Manifests {
  const { annotations, insecureKubelets = false, images = {}, imageMirror, pods = {} } = args;
  const documents = parseAllDocuments(readFileSync(join(__dirname, "metrics-server.yaml"), "utf8"));
  const main = documents[keys.indexOf("main")] as Document;
  if (insecureKubelets) main.addIn([...container, "args"], "--kubelet-insecure-tls");
  const published = String(main.getIn([...container, "image"]));
  main.setIn([...container, "image"], images.metricsServer ?? mirrored(published, imageMirror));
  const spec = (main.getIn(pod) as YAMLMap).toJS(main) as Parameters<typeof withWishes>[0];
  main.setIn(pod, withWishes(spec, pods.metricsServer));
  const objects = documents.map((document, index): [string | undefined, Manifest] => {
    const { metadata, ...object } = document.toJS() as Manifest;
    return [keys[index], { ...object, metadata: { ...metadata, labels: { ...metadata.labels, ...partOfStack }, annotations } }];
  });
  return Object.fromEntries(objects) as Manifests;
}

/** metrics-server for the whole cluster: the autoscaler's source of CPU figures. */
export const MetricsServer = componentOf("MetricsServer", metricsServerObjects, after);
