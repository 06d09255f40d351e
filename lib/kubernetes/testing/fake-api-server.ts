import http, { type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { listening } from "../../testing/listening";
import { Refusal } from "../errors";

/** A request, as a test sees it. */
export interface FakeRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: unknown;
  /** For answers that no {@link Answer} can give. */
  readonly response: ServerResponse;
}

/**
 * What a request is answered with: JSON, text, a refusal, only its status, or what a test finds. `hang`: nothing at all;
 * `taken`: it was answered through `response`.
 */
export type Answer = object | string | number | Refusal | ((request: FakeRequest) => Answer | undefined);

/** Kinds by API version, as discovery tells them: kind, name in URLs, and `cluster` where it has no namespace. */
const kinds: Readonly<Record<string, string>> = {
  "/api/v1":
    "ConfigMap/configmaps Event/events Namespace/namespaces/cluster Node/nodes/cluster PersistentVolumeClaim/persistentvolumeclaims " +
    "Pod/pods Secret/secrets Service/services ServiceAccount/serviceaccounts",
  "/apis/apps/v1": "Deployment/deployments ReplicaSet/replicasets StatefulSet/statefulsets",
  "/apis/autoscaling/v2": "HorizontalPodAutoscaler/horizontalpodautoscalers",
  "/apis/batch/v1": "Job/jobs",
  "/apis/discovery.k8s.io/v1": "EndpointSlice/endpointslices",
  "/apis/networking.k8s.io/v1": "Ingress/ingresses NetworkPolicy/networkpolicies",
  "/apis/policy/v1": "PodDisruptionBudget/poddisruptionbudgets",
  "/apis/rbac.authorization.k8s.io/v1":
    "ClusterRole/clusterroles/cluster ClusterRoleBinding/clusterrolebindings/cluster Role/roles RoleBinding/rolebindings",
  "/apis/storage.k8s.io/v1": "StorageClass/storageclasses/cluster",
  "/apis/apiregistration.k8s.io/v1": "APIService/apiservices/cluster",
};

const reviews = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

/** What an access review asks for. */
export interface AskedRight {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
}

/**
 * An API server in memory: discovery, access reviews, and what a test has it answer. Dry runs are answered with what was
 * sent, everything else that it does not know with 404.
 */
export class FakeApiServer implements AsyncDisposable {
  /** By path without query, or by `METHOD path`. */
  readonly answers = new Map<string, Answer>([["/version", { major: "1", minor: "34" }]]);
  /** `METHOD path?query` of every request. */
  readonly requests: string[] = [];
  /** Has the first word; undefined: as usual. */
  respond: (request: FakeRequest) => Answer | undefined = () => undefined;
  /** Whether an access review is answered with yes. Default: everything is allowed. */
  allows: (right: AskedRight) => boolean = () => true;
  #site: Awaited<ReturnType<typeof listening>> | undefined;
  readonly #server = http.createServer((request, response) => void this.#receive(request, response));

  static async start(): Promise<FakeApiServer> {
    const fake = new FakeApiServer();
    await fake.listen();
    return fake;
  }

  async listen(): Promise<void> {
    this.#site = await listening(this.#server);
  }

  get url(): string {
    return this.#site?.url ?? "";
  }

  /** Serves kinds of a custom API version: `HTTPRoute/httproutes`. */
  serve(version: string, served: string): void {
    this.answers.set(`/apis/${version}`, discovery(served));
  }

  /** A kubeconfig for it, with the context `fake`. It is JSON, and so YAML. */
  kubeconfig(user: object = { token: "fake-token" }): string {
    return JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": "fake",
      contexts: [{ name: "fake", context: { cluster: "fake", user: "fake" } }],
      clusters: [{ name: "fake", cluster: { server: this.url, "insecure-skip-tls-verify": true } }],
      users: [{ name: "fake", user }],
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#site?.[Symbol.asyncDispose]();
  }

  async #receive(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", headers } = incoming;
    const { pathname: path, searchParams: query, search } = new URL(incoming.url ?? "", "http://api.test");
    this.requests.push(`${method} ${path}${search}`);
    const content = await text(incoming);
    const body: unknown = content === "" ? undefined : JSON.parse(content);
    const request = { method, path, query, headers, body, response };
    let answer = this.respond(request) ?? this.answers.get(`${method} ${path}`) ?? this.#known(request);
    while (typeof answer === "function") answer = (answer as (it: FakeRequest) => Answer | undefined)(request);
    this.#send(response, answer ?? new Refusal(404, `${path.split("/").at(-1)} not found`, "NotFound"));
  }

  #known({ method, path, query, body }: FakeRequest): Answer | undefined {
    if (method !== "GET" && query.get("dryRun") === "All") return body as object;
    const answer = this.answers.get(path);
    if (answer !== undefined) return answer;
    if (path === reviews) {
      const { spec } = body as { readonly spec: { readonly resourceAttributes: AskedRight } };
      return { status: { allowed: this.allows(spec.resourceAttributes) } };
    }
    const served = kinds[path];
    return served === undefined ? undefined : discovery(served);
  }

  #send(response: ServerResponse, answer: Answer): void {
    if (answer === "hang" || answer === "taken") return;
    if (typeof answer === "number") return this.#send(response, new Refusal(answer, `status ${answer}`));
    if (typeof answer === "string") return void response.end(answer);
    const [status, body] = answer instanceof Refusal ? [answer.status, { ...answer, message: answer.message }] : [200, answer];
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  }
}

function discovery(served: string): object {
  const resources = served.split(" ").map((it) => {
    const [kind, name, scope] = it.split("/");
    return { kind, name, namespaced: scope !== "cluster" };
  });
  return { resources };
}
