import type { ApiRequest, KubernetesApi } from "./api";
import { orAbsent, Refusal } from "./errors";

/** An object as it is sent to the API server. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** What names one object in a cluster. */
export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  /** Undefined for objects of the whole cluster. */
  readonly namespace: string | undefined;
  readonly name: string;
}

/** A kind, as the API server serves it. */
export interface ServedKind {
  readonly kind: string;
  /** In URLs and rights: `deployments`. */
  readonly name: string;
  readonly namespaced: boolean;
}

/** How an object is applied. */
export interface ApplyOptions {
  readonly fieldManager: string;
  /** Take over fields of other managers. */
  readonly force: boolean;
  /** The API server checks and completes the object, but does not keep it. */
  readonly dryRun: boolean;
}

/** Objects of any kind; how the API server serves it is asked once. All methods throw a KubernetesError. */
export class KubernetesObjects<T extends object> {
  readonly #served = new Map<string, Promise<readonly ServedKind[]>>();

  constructor(readonly api: KubernetesApi) {}

  /** Undefined where the object does not exist. */
  async get(ref: ObjectRef, asked: Pick<ApiRequest, "signal"> = {}): Promise<T | undefined> {
    const path = await this.path(ref);
    return orAbsent(this.api.json<T>({ path, ...asked }));
  }

  /** @param query such as `labelSelector` */
  async list({ apiVersion, kind, namespace }: Omit<ObjectRef, "name">, query?: ApiRequest["query"]): Promise<T[]> {
    const path = await this.path({ apiVersion, kind, namespace, name: "" });
    const { items = [] } = await this.api.json<{ readonly items?: readonly T[] }>({ path, query });
    return items.map((it) => ({ apiVersion, kind, ...it }));
  }

  /** Server-side apply. @returns the object as it is now */
  async apply(ref: ObjectRef, object: object, { fieldManager, force, dryRun }: ApplyOptions): Promise<T> {
    return this.api.json<T>({
      method: "PATCH",
      path: await this.path(ref),
      query: { fieldManager, force: String(force), fieldValidation: "Warn", dryRun: dryRun ? "All" : undefined },
      body: object,
      contentType: "application/apply-patch+yaml",
    });
  }

  async delete(ref: ObjectRef, options: object): Promise<void> {
    await this.api.text({ method: "DELETE", path: await this.path(ref), body: options });
  }

  /** The path of an object; without a name, that of its collection. */
  async path({ apiVersion, kind, namespace, name }: ObjectRef): Promise<string> {
    const served = await this.served(apiVersion, kind);
    if (served === undefined)
      throw new Refusal(
        404,
        `the cluster does not know ${apiVersion} ${kind}; is its CustomResourceDefinition installed?`,
        "NotFound",
      );
    // A list without a namespace is of all; an object without one is in this, as it is for kubectl.
    const place = name === "" ? namespace : (namespace ?? "default");
    const scope = served.namespaced && place !== undefined ? `/namespaces/${encodeURIComponent(place)}` : "";
    return `${apiRoot(apiVersion)}${scope}/${served.name}${name === "" ? "" : `/${encodeURIComponent(name)}`}`;
  }

  /** How a kind is served; undefined: it is not. */
  async served(apiVersion: string, kind: string): Promise<ServedKind | undefined> {
    let all = this.#served.get(apiVersion);
    if (all === undefined) this.#served.set(apiVersion, (all = this.#discover(apiVersion)));
    const isKept = (await all.catch(() => [])).some((it) => it.kind === kind);
    // What is not there may come with a CRD that is made later.
    if (!isKept) this.#served.delete(apiVersion);
    return (await all).find((it) => it.kind === kind && !it.name.includes("/"));
  }

  async #discover(apiVersion: string): Promise<readonly ServedKind[]> {
    const found = this.api.json<{ readonly resources?: readonly ServedKind[] }>({ path: apiRoot(apiVersion) });
    return (await orAbsent(found))?.resources ?? [];
  }
}

/** Whether the API server would let this account do something. @throws KubernetesError */
export async function mayDo(
  api: Pick<KubernetesApi, "json">,
  resourceAttributes: object,
  signal?: AbortSignal,
): Promise<boolean> {
  const body = { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectAccessReview", spec: { resourceAttributes } };
  const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
  const { status } = await api.json<{ status?: { allowed?: boolean } }>({ method: "POST", path, body, signal });
  return status?.allowed === true;
}

/** The API group of an apiVersion; empty for the core group. */
export function groupOf(apiVersion: string): string {
  return apiVersion.includes("/") ? (apiVersion.split("/")[0] as string) : "";
}

function apiRoot(apiVersion: string): string {
  return `${apiVersion.includes("/") ? "/apis" : "/api"}/${apiVersion}`;
}
