import type { ApiRequest } from "../api-server";

/** The part of the API server's client that is used here. */
export interface Api {
  json<T>(request: ApiRequest): Promise<T>;
}

/** Whom the cluster names as the one who changed a field. */
export const fieldManager = "plano-affinity-verify";

/** Kinds of objects, by their place in the API. */
export const kinds = {
  pod: { group: "", version: "v1", resource: "pods", word: "pod" },
  service: { group: "", version: "v1", resource: "services", word: "Service" },
  replicaSet: { group: "apps", version: "v1", resource: "replicasets", word: "ReplicaSet" },
  deployment: { group: "apps", version: "v1", resource: "deployments", word: "Deployment" },
  autoscaler: { group: "autoscaling", version: "v2", resource: "horizontalpodautoscalers", word: "HorizontalPodAutoscaler" },
  endpointSlice: { group: "discovery.k8s.io", version: "v1", resource: "endpointslices", word: "EndpointSlice" },
} as const;

export type Kind = (typeof kinds)[keyof typeof kinds];

/** The objects of one namespace. Every method throws Unmeasurable with one line for people. */
export class NamespaceApi {
  constructor(
    private readonly api: Api,
    readonly namespace: string,
    private readonly signal: AbortSignal,
    /** Where the rights that it takes are listed. */
    private readonly rights = "docs/verifier.md",
  ) {}

  /** The same objects, asked for also after the run has been interrupted. */
  until(signal: AbortSignal): NamespaceApi {
    return new NamespaceApi(this.api, this.namespace, signal, this.rights);
  }

  get<T>(kind: Kind, name: string): Promise<T> {
    return this.#ask({ purpose: `get ${kind.word} ${name}`, method: "GET", path: this.#path(kind, name) });
  }

  async list<T>(kind: Kind, selector?: string): Promise<readonly T[]> {
    const query = selector === undefined ? "" : `?labelSelector=${encodeURIComponent(selector)}`;
    const request = { purpose: `list ${kind.resource}`, method: "GET", path: `${this.#path(kind)}${query}` } as const;
    return (await this.#ask<{ readonly items: readonly T[] }>(request)).items;
  }

  /** Merges `change` into an object; a `uid` or `resourceVersion` in it must be the object's. */
  patch(kind: Kind, name: string, change: object, subresource?: string): Promise<unknown> {
    const below = subresource === undefined ? "" : `/${subresource}`;
    return this.#ask({
      purpose: `patch ${below === "" ? "" : `${below.slice(1)} of `}${kind.word} ${name}`,
      method: "PATCH",
      path: `${this.#path(kind, name)}${below}?fieldManager=${fieldManager}`,
      body: change,
    });
  }

  delete(kind: Kind, { name, uid }: { readonly name: string; readonly uid: string }): Promise<unknown> {
    const body = { apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid } };
    return this.#ask({ purpose: `delete ${kind.word} ${name}`, method: "DELETE", path: this.#path(kind, name), body });
  }

  /** Asks the API server whether it would let us. */
  async may(right: {
    readonly group: string;
    readonly resource: string;
    readonly verb: string;
    readonly name?: string;
  }): Promise<boolean> {
    const [resource, subresource] = right.resource.split("/");
    const review = await this.#ask<{ readonly status?: { readonly allowed?: boolean } }>({
      purpose: "ask for the rights that we have",
      method: "POST",
      path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
      body: {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SelfSubjectAccessReview",
        spec: { resourceAttributes: { ...right, resource, subresource, namespace: this.namespace } },
      },
    });
    return review.status?.allowed === true;
  }

  #path({ group, version, resource }: Kind, name?: string): string {
    const api = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
    const object = name === undefined ? "" : `/${encodeURIComponent(name)}`;
    return `${api}/namespaces/${encodeURIComponent(this.namespace)}/${resource}${object}`;
  }

  #ask<T>(request: Omit<ApiRequest, "signal">): Promise<T> {
    const inNamespace = { ...request, purpose: `${request.purpose} in namespace ${this.namespace}` };
    return this.api.json<T>({ ...inNamespace, signal: this.signal, rights: this.rights });
  }
}
