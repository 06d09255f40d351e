import { existsSync } from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import { createInterface } from "node:readline";
import type { KubeConfig } from "@kubernetes/client-node";
import { isObject } from "../rpc/properties";
import { ApiError, UnreachableError } from "./errors";
import { groupOf, listAt, textAt, type KubernetesObject, type ObjectRef } from "./objects";
import type { ProviderSettings } from "./settings";

/** How long the API server may take to answer one request. */
const REQUEST_TIMEOUT_MS = 30_000;

interface RequestOptions {
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: { readonly contentType: string; readonly content: unknown };
  readonly signal?: AbortSignal;
}

/** How the API serves a kind. */
interface ApiResource {
  readonly plural: string;
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

/**
 * A cluster's API. The kubeconfig (certificates, tokens, exec plugins, proxies) is @kubernetes/client-node's business;
 * objects travel as plain JSON, for its typed models drop fields that they do not know.
 */
export class ClusterClient {
  readonly #resources = new Map<string, Promise<readonly KubernetesObject[]>>();

  private constructor(
    readonly server: string,
    private readonly options: https.RequestOptions,
    private readonly onWarning: (warning: string) => void,
  ) {}

  /** @throws UnreachableError where the kubeconfig names no cluster; Error where it cannot be read. */
  static async connect(settings: ProviderSettings, onWarning: (warning: string) => void): Promise<ClusterClient> {
    const config = await loadKubeConfig(settings);
    const cluster = config.getCurrentCluster();
    if (cluster === null)
      throw new UnreachableError(`the kubeconfig has no cluster for context ${config.currentContext || "(none)"}`);
    const options: https.RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    // Its agent closes every connection; one for all requests spares the TLS handshakes.
    if (options.agent instanceof https.Agent) options.agent.options.keepAlive = true;
    return new ClusterClient(cluster.server.replace(/\/$/, ""), options, onWarning);
  }

  async isNamespaced(apiVersion: string, kind: string): Promise<boolean> {
    return (await this.#resource(apiVersion, kind)).namespaced;
  }

  /** Undefined where the object does not exist. */
  async get(ref: ObjectRef, signal?: AbortSignal): Promise<KubernetesObject | undefined> {
    try {
      return await this.#json("GET", await this.#path(ref), { signal });
    } catch (error) {
      if (error instanceof ApiError && error.notFound) return undefined;
      throw error;
    }
  }

  async list(
    apiVersion: string,
    kind: string,
    namespace: string | undefined,
    query: { labelSelector?: string; fieldSelector?: string },
  ): Promise<KubernetesObject[]> {
    const path = await this.#path({ apiVersion, kind, namespace, name: "" });
    const list = await this.#json("GET", path, { query });
    return listAt(list, "items")
      .filter(isObject)
      .map((item) => ({ apiVersion, kind, ...item }));
  }

  async apply(
    ref: ObjectRef,
    object: KubernetesObject,
    { fieldManager, force, dryRun }: ApplyOptions,
  ): Promise<KubernetesObject> {
    return this.#json("PATCH", await this.#path(ref), {
      query: { fieldManager, force: String(force), fieldValidation: "Warn", dryRun: dryRun ? "All" : undefined },
      body: { contentType: "application/apply-patch+yaml", content: object },
    });
  }

  async delete(ref: ObjectRef, propagationPolicy: string): Promise<void> {
    await this.#json("DELETE", await this.#path(ref), {
      body: { contentType: "application/json", content: { propagationPolicy } },
    });
  }

  /** The last lines that a container wrote; `previous` for the run before its restart. */
  async logs(namespace: string, pod: string, container: string, previous: boolean, lines: number): Promise<string> {
    const path = `/api/v1/namespaces/${namespace}/pods/${pod}/log`;
    return this.#text("GET", path, { query: { container, previous: String(previous), tailLines: String(lines) } });
  }

  /** Calls back with every change of one object, until `signal`; ends by itself when the API server ends the watch. */
  async watch(ref: ObjectRef, signal: AbortSignal, onChange: () => void): Promise<void> {
    const path = await this.#path({ ...ref, name: "" });
    const response = await this.#open(
      "GET",
      path,
      { query: { watch: "true", fieldSelector: `metadata.name=${ref.name}` }, signal },
      0,
    );
    for await (const _ of createInterface({ input: response })) onChange();
  }

  async #path({ apiVersion, kind, namespace, name }: ObjectRef): Promise<string> {
    const { plural, namespaced } = await this.#resource(apiVersion, kind);
    const scope = namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : "";
    return `${apiRoot(apiVersion)}${scope}/${plural}${name === "" ? "" : `/${encodeURIComponent(name)}`}`;
  }

  async #resource(apiVersion: string, kind: string): Promise<ApiResource> {
    // A kind that is not there may come with the CRD that the same update makes, so only what was found is kept.
    const found = await (this.#resources.get(apiVersion) ?? this.#discover(apiVersion));
    const entry = found.find((one) => one["kind"] === kind && textAt(one, "name")?.includes("/") === false);
    if (entry !== undefined) return { plural: textAt(entry, "name") ?? "", namespaced: entry["namespaced"] === true };
    this.#resources.delete(apiVersion);
    throw new ApiError(
      `the cluster does not know ${apiVersion} ${kind}; is its CustomResourceDefinition installed?`,
      404,
      "NotFound",
    );
  }

  #discover(apiVersion: string): Promise<readonly KubernetesObject[]> {
    const found = this.#json("GET", apiRoot(apiVersion), {}).then(
      (list) => listAt(list, "resources").filter(isObject),
      (error: unknown) => {
        this.#resources.delete(apiVersion);
        if (error instanceof ApiError && error.notFound) return [];
        throw error;
      },
    );
    this.#resources.set(apiVersion, found);
    return found;
  }

  async #json(method: string, path: string, options: RequestOptions): Promise<KubernetesObject> {
    return JSON.parse(await this.#text(method, path, options)) as KubernetesObject;
  }

  async #text(method: string, path: string, options: RequestOptions): Promise<string> {
    return bodyOf(await this.#open(method, path, options, REQUEST_TIMEOUT_MS));
  }

  /** @throws ApiError for any status but 2xx, UnreachableError where nothing answered. */
  async #open(
    method: string,
    path: string,
    { query = {}, body, signal }: RequestOptions,
    timeout: number,
  ): Promise<http.IncomingMessage> {
    const url = new URL(this.server + path);
    for (const [key, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(key, value);
    const headers = { ...this.options.headers, Accept: "application/json", ...(body && { "Content-Type": body.contentType }) };
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      const transport = url.protocol === "http:" ? http : https;
      const request = transport.request(url, { ...this.options, method, headers, signal, timeout }, resolve);
      request.once("timeout", () => request.destroy(new Error(`no answer within ${timeout / 1000} s`)));
      request.once("error", (error) => reject(unreachable(this.server, error)));
      request.end(body && JSON.stringify(body.content));
    });
    this.#passOnWarnings(response);
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return response;
    throw apiError(status, await bodyOf(response));
  }

  /** `Warning: 299 - "text"`, as the API server tells of deprecated versions and unknown fields. */
  #passOnWarnings(response: http.IncomingMessage): void {
    for (const [, warning = ""] of (response.headers.warning ?? "").matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)) {
      this.onWarning(warning.replace(/\\(.)/g, "$1"));
    }
  }
}

async function loadKubeConfig({ kubeconfig, context, cluster }: ProviderSettings): Promise<KubeConfig> {
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  if (kubeconfig === undefined) config.loadFromDefault();
  else if (!kubeconfig.includes("\n") && existsSync(kubeconfig)) config.loadFromFile(kubeconfig);
  else config.loadFromString(kubeconfig);
  if (context !== undefined) config.setCurrentContext(context);
  if (cluster !== undefined) config.contexts = config.contexts.map((one) => ({ ...one, cluster }));
  return config;
}

function apiRoot(apiVersion: string): string {
  return groupOf(apiVersion) === "" ? `/api/${apiVersion}` : `/apis/${apiVersion}`;
}

async function bodyOf(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function apiError(status: number, body: string): ApiError {
  let answer: KubernetesObject = {};
  try {
    answer = JSON.parse(body) as KubernetesObject;
  } catch {
    // A proxy in between answers in its own words.
  }
  return new ApiError(
    textAt(answer, "message") ?? `HTTP ${status}: ${body.slice(0, 200)}`,
    status,
    textAt(answer, "reason") ?? "",
  );
}

function unreachable(server: string, error: Error): Error {
  if (error.name === "AbortError") return error;
  return new UnreachableError(`the Kubernetes API at ${server} cannot be reached: ${error.message}`);
}
