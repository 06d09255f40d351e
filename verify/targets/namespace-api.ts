import type { ApiRequest, KubernetesApi } from "../../lib/kubernetes/api";
import { isPassing, KubernetesError, Refusal, Unreachable } from "../../lib/kubernetes/errors";
import { mayDo } from "../../lib/kubernetes/objects";
import { oneLine, Unmeasurable } from "../common/errors";
import type { Right } from "./disruptable";

/** Whom the cluster names as the one who changed a field. */
export const fieldManager = "plano-affinity-verify";

/** Where the API has the objects of a kind. */
export const kinds = {
  ConfigMap: { root: "/api/v1", resource: "configmaps" },
  Deployment: { root: "/apis/apps/v1", resource: "deployments" },
  EndpointSlice: { root: "/apis/discovery.k8s.io/v1", resource: "endpointslices" },
  Event: { root: "/api/v1", resource: "events" },
  HorizontalPodAutoscaler: { root: "/apis/autoscaling/v2", resource: "horizontalpodautoscalers" },
  Job: { root: "/apis/batch/v1", resource: "jobs" },
  NetworkPolicy: { root: "/apis/networking.k8s.io/v1", resource: "networkpolicies" },
  Pod: { root: "/api/v1", resource: "pods" },
  ReplicaSet: { root: "/apis/apps/v1", resource: "replicasets" },
  Role: { root: "/apis/rbac.authorization.k8s.io/v1", resource: "roles" },
  RoleBinding: { root: "/apis/rbac.authorization.k8s.io/v1", resource: "rolebindings" },
  Secret: { root: "/api/v1", resource: "secrets" },
  Service: { root: "/api/v1", resource: "services" },
  ServiceAccount: { root: "/api/v1", resource: "serviceaccounts" },
} as const;

export type Kind = keyof typeof kinds;

/** The API server did not do what it was asked for, and why. */
export class ApiFailure extends Unmeasurable {
  constructor(
    message: string,
    /** HTTP status; undefined where there was no answer. */
    readonly status: number | undefined,
    /** It may have been carried out all the same. */
    readonly mayBeDone: boolean,
    /** Asking again may help. */
    readonly isPassing = false,
  ) {
    super(message);
  }
}

/** The objects of one namespace. Every method throws ApiFailure, or Unmeasurable when `signal` is aborted. */
export class NamespaceApi {
  constructor(
    private readonly api: Pick<KubernetesApi, "json" | "lines" | "server">,
    readonly namespace: string,
    readonly signal: AbortSignal,
  ) {}

  /** The same objects, asked for also after the run has been interrupted. */
  until(signal: AbortSignal): NamespaceApi {
    return new NamespaceApi(this.api, this.namespace, signal);
  }

  get server(): string {
    return this.api.server;
  }

  /** Kubernetes' own version, as in `v1.34.1`. */
  async version(): Promise<string> {
    const request = { path: "/version", signal: this.signal };
    return (await this.#ask("ask for the version", () => this.api.json<{ readonly gitVersion: string }>(request))).gitVersion;
  }

  get<T>(kind: Kind, name: string): Promise<T> {
    return this.#json(`get ${kind} ${name}`, { path: this.#path(kind, name) });
  }

  async list<T>(kind: Kind, query?: ApiRequest["query"]): Promise<readonly T[]> {
    const { resource } = kinds[kind];
    return (await this.#json<{ readonly items: readonly T[] }>(`list ${resource}`, { path: this.#path(kind), query })).items;
  }

  create<T>(kind: Kind, name: string, body: object): Promise<T> {
    return this.#json(`create ${kind} ${name}`, { method: "POST", path: this.#path(kind), body });
  }

  /** Merges `change` into an object; a `uid` or `resourceVersion` in it must be the object's. */
  patch(kind: Kind, name: string, change: object, subresource?: "scale"): Promise<unknown> {
    const [of, below] = subresource === undefined ? ["", ""] : [`${subresource} of `, `/${subresource}`];
    const path = `${this.#path(kind, name)}${below}?fieldManager=${fieldManager}`;
    return this.#json(`patch ${of}${kind} ${name}`, { method: "PATCH", path, body: change });
  }

  /** @param options as in `DeleteOptions` of Kubernetes */
  delete(kind: Kind, name: string, options: object): Promise<unknown> {
    return this.#json(`delete ${kind} ${name}`, { method: "DELETE", path: this.#path(kind, name), body: options });
  }

  /** Calls back with each line of a pod's log, to its end. */
  log(pod: string, query: ApiRequest["query"], limitMs: number, onLine: (line: string) => void): Promise<void> {
    const request = { path: `${this.#path("Pod", pod)}/log`, query, signal: this.signal, limitMs };
    return this.#ask(`read the log of pod ${pod} in namespace ${this.namespace}`, () => this.api.lines(request, onLine));
  }

  /** Asks the API server whether it would let us. Where we may not even ask, the refusal of the act itself has to tell. */
  async may({ resource: asked, ...right }: Right & { readonly name?: string }): Promise<boolean> {
    const [resource, subresource] = asked.split("/");
    const attributes = { ...right, resource, subresource, namespace: this.namespace };
    const purpose = `ask for the rights that we have in namespace ${this.namespace}`;
    try {
      return await this.#ask(purpose, () => mayDo(this.api, attributes, this.signal));
    } catch (error) {
      if (error instanceof ApiFailure && (error.status === 403 || error.status === 404)) return true;
      throw error;
    }
  }

  #path(kind: Kind, name?: string): string {
    const { root, resource } = kinds[kind];
    const object = name === undefined ? "" : `/${encodeURIComponent(name)}`;
    return `${root}/namespaces/${encodeURIComponent(this.namespace)}/${resource}${object}`;
  }

  #json<T>(purpose: string, request: ApiRequest): Promise<T> {
    return this.#ask(`${purpose} in namespace ${this.namespace}`, () => this.api.json<T>({ ...request, signal: this.signal }));
  }

  /** @param purpose what is asked for, in words after "cannot" */
  async #ask<T>(purpose: string, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (this.signal.aborted) throw new Unmeasurable("interrupted");
      if (!(error instanceof KubernetesError)) throw error;
      const status = error instanceof Refusal ? error.status : undefined;
      const said = error instanceof Unreachable ? error.why : error.message;
      const why = oneLine(status === undefined ? said : `HTTP ${status} ${said}`, 300);
      const hint =
        status === 403
          ? " (the rights that it takes are in docs/verifier.md)"
          : said === "connection refused"
            ? "; is the cluster up, and is this the right context?"
            : "";
      const message = `cannot ${purpose} at the API server ${this.server}: ${why}${hint}`;
      throw new ApiFailure(message, status, error.mayBeDone, isPassing(error));
    }
  }
}
