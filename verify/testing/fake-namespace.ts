import type { ApiRequest } from "../../lib/kubernetes/api";
import { ApiFailure, NamespaceApi } from "../targets/namespace-api";

/** Any object of the API; a test knows what it put there. */
export interface ApiObject {
  readonly [field: string]: unknown;
}

/** Objects of one namespace, by path below it, with merge patches, label selectors of one label and versions. */
export class FakeNamespace {
  readonly server = "https://api.test";
  readonly objects = new Map<string, ApiObject>();
  readonly requests: ApiRequest[] = [];
  /** Called before each request; may throw or change objects, as somebody else would. */
  interfere: (request: ApiRequest) => void = () => undefined;
  readonly api = new NamespaceApi(this, "plano-test", new AbortController().signal);

  /** Puts an object at a path like `pods/a`. */
  put(path: string, object: ApiObject): void {
    const name = path.split("/")[1] ?? "";
    const metadata = { name, uid: `uid-${name}`, resourceVersion: "1", ...(object["metadata"] as ApiObject | undefined) };
    this.objects.set(path, { ...object, metadata });
  }

  at<T>(path: string): T {
    return this.objects.get(path) as T;
  }

  /** What was changed, as `METHOD path body`. */
  get changes(): string[] {
    return this.requests
      .filter(({ method }) => method !== undefined)
      .map(({ method, path, body }) => `${method} ${below(path)} ${JSON.stringify(body)}`);
  }

  async json<T>(request: ApiRequest): Promise<T> {
    request.signal?.throwIfAborted();
    this.requests.push(request);
    this.interfere(request);
    const path = below(request.path);
    const [resource = "", name, subresource] = path.split("?")[0]?.split("/") ?? [];
    if (request.method === "POST") {
      const { metadata } = request.body as { readonly metadata: { readonly name: string } };
      if (this.objects.has(`${resource}/${metadata.name}`)) throw new ApiFailure("already exists", 409, false);
      this.put(`${resource}/${metadata.name}`, request.body as ApiObject);
      return request.body as T;
    }
    if (name === undefined) return { items: this.#list(resource, request.query?.["labelSelector"] ?? "") } as T;
    const key = `${resource}/${name}`;
    const object = this.objects.get(key);
    if (object === undefined) throw new ApiFailure(`${key} not found`, 404, false);
    if (request.method === "DELETE") this.objects.delete(key);
    if (request.method === "PATCH") this.#patch(key, object, request.body as ApiObject, subresource);
    return structuredClone(this.objects.get(key) ?? object) as T;
  }

  lines(): Promise<void> {
    throw new Error("there are no logs");
  }

  #list(resource: string, selector: string): ApiObject[] {
    const [label = "", value] = selector.split("=");
    return [...this.objects].flatMap(([path, object]) => {
      if (!path.startsWith(`${resource}/`)) return [];
      const labels = (object["metadata"] as { labels?: Record<string, string> }).labels ?? {};
      return label === "" || labels[label] === value ? [structuredClone(object)] : [];
    });
  }

  #patch(key: string, object: ApiObject, change: ApiObject, subresource: string | undefined): void {
    const { uid, resourceVersion } = object["metadata"] as { uid: string; resourceVersion: string };
    const wanted = { uid, resourceVersion, ...(change["metadata"] as object | undefined) };
    if (wanted.uid !== uid) throw new ApiFailure("the UID is another", 409, false);
    if (wanted.resourceVersion !== resourceVersion) throw new ApiFailure("the object has been modified", 409, false);
    if (subresource !== undefined && subresource !== "scale") throw new ApiFailure(`no ${subresource}`, 404, false);
    const next = { metadata: { resourceVersion: String(Number(resourceVersion) + 1) } };
    this.objects.set(key, merge(merge(object, change), next) as ApiObject);
  }
}

/** JSON Merge Patch, RFC 7396. */
function merge(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> = typeof target === "object" && target !== null ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else if (value !== undefined) result[key] = merge(result[key], value);
  }
  return result;
}

function below(path: string): string {
  return path.split("/namespaces/plano-test/")[1] ?? path;
}
