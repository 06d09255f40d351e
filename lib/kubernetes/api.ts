import http from "node:http";
import https from "node:https";
import type { ClientConfig } from "./client-node";
import { credentials } from "./credentials";
import { masked, secretsIn } from "../http-headers";
import { CredentialsError, KubernetesError, Refusal, Unreachable } from "./errors";

/** One request to the API server. */
export interface ApiRequest {
  /** Default `GET`. */
  readonly method?: "GET" | "POST" | "PATCH" | "DELETE";
  /** May have a query of its own. */
  readonly path: string;
  /** Parameters that are added to the path; undefined ones are left out. */
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: object;
  /** Default: JSON, and a merge patch for PATCH. */
  readonly contentType?: string;
  readonly signal?: AbortSignal;
  /** From the request to the end of the answer, in milliseconds. Default: the connection's. */
  readonly limitMs?: number;
}

/** Largest answer, in bytes. */
const mostBytes = 2 ** 26;

/** Connections at the same time; further requests wait for one. A watch or a log that is followed takes one. */
const mostConnections = 16;

export interface ApiOptions {
  /** Limit of each request, in milliseconds. Default 10 s. */
  readonly limitMs?: number;
  /** Called with the text of each `Warning` header: deprecated versions, unknown fields. */
  readonly onWarning?: (warning: string) => void;
}

/**
 * The API server, asked in plain JSON: client-node's typed calls drop fields that they do not know, and load the models of
 * every API. Connections are kept alive until it is disposed of.
 *
 * All methods throw a {@link KubernetesError}.
 */
export class KubernetesApi implements Disposable {
  private constructor(
    readonly server: string,
    readonly config: ClientConfig,
    private readonly options: https.RequestOptions,
    private readonly terms: ApiOptions,
  ) {}

  /**
   * Reads certificates and runs the credential program, where the kubeconfig names one.
   * @throws CredentialsError, also when that program takes longer than ten seconds
   */
  static async connect(config: ClientConfig, terms: ApiOptions = {}): Promise<KubernetesApi> {
    const cluster = config.getCurrentCluster();
    if (cluster === null) throw new CredentialsError("the kubeconfig's current context has no cluster");
    // client-node refuses plain HTTP without this, which kubectl does not.
    if (cluster.server.startsWith("http:")) Object.assign(cluster, { skipTLSVerify: true });
    // And it leaves the certificates out for a context without a user.
    if (config.getCurrentUser() === null) {
      config.users = [...config.users, { name: "" }];
      Object.assign(config.getContextObject(config.getCurrentContext()) ?? {}, { user: "" });
    }
    const options = await credentials(config);
    // Its agent closes every connection.
    if (options.agent instanceof http.Agent) Object.assign(options.agent, { keepAlive: true, maxSockets: mostConnections });
    if (options.agent instanceof https.Agent) Object.assign(options.agent.options, { keepAlive: true });
    return new KubernetesApi(cluster.server.replace(/\/+$/, ""), config, options, terms);
  }

  async json<T>(request: ApiRequest): Promise<T> {
    const text = await this.text(request);
    try {
      return JSON.parse(text) as T;
    } catch {
      throw new KubernetesError("the answer is not JSON; is it a Kubernetes API server?", true);
    }
  }

  text(request: ApiRequest): Promise<string> {
    return this.#ask(request, textOf);
  }

  /** Calls back with each line of an answer as it comes, until its end. */
  lines(request: ApiRequest & { readonly limitMs: number }, onLine: (line: string) => void): Promise<void> {
    return this.#ask(request, async (answer) => {
      let rest = "";
      for await (const piece of piecesOf(answer)) {
        const lines = (rest + piece).split("\n");
        rest = lines.pop() ?? "";
        lines.forEach(onLine);
      }
      if (rest !== "") onLine(rest);
    });
  }

  [Symbol.dispose](): void {
    if (this.options.agent instanceof http.Agent) this.options.agent.destroy();
  }

  async #ask<T>(request: ApiRequest, read: (answer: http.IncomingMessage) => Promise<T>): Promise<T> {
    const { signal, limitMs = this.terms.limitMs ?? 10_000 } = request;
    const limit = AbortSignal.timeout(Math.ceil(limitMs));
    const stop = signal === undefined ? limit : AbortSignal.any([signal, limit]);
    const progress = { sent: false };
    try {
      let answer = await this.#send(request, stop, progress);
      if (answer.statusCode === 401 && (await this.#renewed())) {
        answer.resume();
        answer = await this.#send(request, stop, progress);
      }
      this.#passOnWarnings(answer);
      const status = answer.statusCode ?? 0;
      if (status >= 200 && status < 300) return await read(answer);
      throw refusal(status, this.#withoutCredentials(await textOf(answer)));
    } catch (error) {
      if (error instanceof KubernetesError) throw error;
      if (signal?.aborted) throw new KubernetesError("interrupted", progress.sent);
      const { proxyUrl } = this.config.getCurrentCluster() ?? {};
      const way = proxyUrl === undefined ? "" : ` (through the proxy ${new URL(proxyUrl).host})`;
      const why = limit.aborted ? `no answer within ${limitMs / 1000} s` : explain(error);
      throw new Unreachable(this.server, why + way, progress.sent, { cause: error });
    }
  }

  #send(request: ApiRequest, signal: AbortSignal, progress: { sent: boolean }): Promise<http.IncomingMessage> {
    const { method = "GET", path, query = {}, body } = request;
    const url = new URL(this.server + path);
    for (const [key, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(key, value);
    const content = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const contentType = request.contentType ?? (method === "PATCH" ? "application/merge-patch+json" : "application/json");
    // Node.js leaves the length out for DELETE, and the body would be taken for another request.
    const sized = content && { "Content-Type": contentType, "Content-Length": content.length };
    const headers = { ...this.options.headers, Accept: "application/json", ...sized };
    const transport = url.protocol === "http:" ? http : https;
    return new Promise((resolve, reject) => {
      const sent = transport.request(url, { ...this.options, method, headers, signal }, resolve);
      sent.once("error", (error: NodeJS.ErrnoException) => {
        // The server had closed it meanwhile.
        if (sent.reusedSocket && error.code === "ECONNRESET" && method === "GET" && !signal.aborted)
          return resolve(this.#send(request, signal, progress));
        progress.sent = sent.writableFinished;
        reject(error);
      });
      // While a proxy connects, Node.js does not end the request.
      signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
      sent.once("response", () => (progress.sent = true));
      sent.end(content);
    });
  }

  /** What stands before the API server may repeat what it was sent. */
  #withoutCredentials(text: string): string {
    const { Authorization: header = "" } = (this.options.headers ?? {}) as http.OutgoingHttpHeaders;
    const auth = this.options.auth ?? "";
    const login = [auth.slice(auth.indexOf(":") + 1), Buffer.from(auth).toString("base64")];
    return masked(text, [...secretsIn(String(header)), ...login]);
  }

  /** Tokens of a credential program end while this process runs. @returns whether there are others now */
  async #renewed(): Promise<boolean> {
    const { headers } = await credentials(this.config);
    const authorization = (it: unknown): unknown => (it as Readonly<Record<string, unknown>> | undefined)?.["Authorization"];
    const isNew = authorization(headers) !== authorization(this.options.headers);
    this.options.headers = headers;
    return isNew;
  }

  /** `Warning: 299 - "text"` */
  #passOnWarnings({ headers }: http.IncomingMessage): void {
    for (const [, warning = ""] of (headers.warning ?? "").matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)) {
      this.terms.onWarning?.(warning.replace(/\\(.)/g, "$1"));
    }
  }
}

/** The answer's text in pieces, as they come. @throws Error when it is too large, or breaks off */
async function* piecesOf(answer: http.IncomingMessage): AsyncGenerator<string> {
  let bytes = 0;
  for await (const piece of answer.setEncoding("utf8") as AsyncIterable<string>) {
    bytes += Buffer.byteLength(piece);
    if (bytes > mostBytes) throw new Error(`the answer is larger than ${mostBytes} bytes`);
    yield piece;
  }
}

async function textOf(answer: http.IncomingMessage): Promise<string> {
  const pieces: string[] = [];
  for await (const piece of piecesOf(answer)) pieces.push(piece);
  return pieces.join("");
}

/** The API's own message; a proxy in between answers in its own words. */
function refusal(status: number, body: string): Refusal {
  try {
    const { message, reason } = JSON.parse(body) as { readonly message?: string; readonly reason?: string };
    return new Refusal(status, message ?? body.slice(0, 200), reason);
  } catch {
    return new Refusal(status, body.slice(0, 200));
  }
}

function explain(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === "ECONNREFUSED" ? "connection refused" : message;
}
