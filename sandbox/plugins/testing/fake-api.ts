import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ClusterClient } from "../kubernetes/client";
import type { KubernetesObject } from "../kubernetes/objects";
import { parseSettings } from "../kubernetes/settings";

const KINDS: Readonly<Record<string, readonly [kind: string, plural: string, namespaced: boolean][]>> = {
  "/api/v1": [
    ["Pod", "pods", true],
    ["Service", "services", true],
    ["PersistentVolumeClaim", "persistentvolumeclaims", true],
    ["Namespace", "namespaces", false],
  ],
  "/apis/apps/v1": [
    ["Deployment", "deployments", true],
    ["ReplicaSet", "replicasets", true],
    ["StatefulSet", "statefulsets", true],
  ],
  "/apis/discovery.k8s.io/v1": [["EndpointSlice", "endpointslices", true]],
  "/apis/storage.k8s.io/v1": [["StorageClass", "storageclasses", false]],
};

/** An API server that answers what a test puts under its paths; what it does not know is 404. */
export interface FakeApi extends AsyncDisposable {
  readonly client: ClusterClient;
  /** Objects, lists and texts by path; a test changes them while it runs. */
  readonly answers: Map<string, KubernetesObject | string>;
  /** `METHOD path?query` of every request. */
  readonly requests: string[];
  readonly warnings: string[];
}

export async function startFakeApi(warning?: string): Promise<FakeApi> {
  const answers = new Map<string, KubernetesObject | string>();
  const requests: string[] = [];
  const warnings: string[] = [];
  // A failed test must not keep the run alive.
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const { pathname, searchParams } = new URL(request.url ?? "", "http://x");
    if (searchParams.get("watch") === "true") return void response.writeHead(200).flushHeaders();
    if (warning !== undefined) response.setHeader("Warning", warning);
    const kinds = KINDS[pathname]?.map(([kind, name, namespaced]) => ({ kind, name, namespaced }));
    send(response, kinds === undefined ? answers.get(pathname) : { resources: kinds });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const kubeconfig = JSON.stringify({
    "current-context": "x",
    users: [{ name: "u", user: {} }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    clusters: [{ name: "c", cluster: { server: address, "insecure-skip-tls-verify": true } }],
  });
  const client = await ClusterClient.connect(parseSettings({ kubeconfig }, {}), (text) => warnings.push(text));
  return {
    client,
    answers,
    requests,
    warnings,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function send(response: ServerResponse, answer: KubernetesObject | string | undefined): void {
  if (answer === undefined)
    response.writeHead(404).end(JSON.stringify({ kind: "Status", message: "not found", reason: "NotFound" }));
  else response.end(typeof answer === "string" ? answer : JSON.stringify(answer));
}
