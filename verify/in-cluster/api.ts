import http from "node:http";
import https from "node:https";
import { createInterface } from "node:readline";
import { oneLine, reasonOf, Unmeasurable } from "../common/errors";
import type { KubernetesTarget } from "../options";
import { loadKubeConfig } from "../targets/kube-config";

/** Limit of an answer's beginning, and again of the rest of it, in milliseconds. */
const defaultLimitMs = 10_000;

/** The API server did not do what it was asked for. */
export class ApiFailure extends Unmeasurable {
  constructor(
    message: string,
    /** HTTP status; undefined where there was no answer. */
    readonly status: number | undefined,
    /** It may have been carried out all the same. */
    readonly mayBeDone: boolean,
  ) {
    super(message);
  }

  /** Asking again may help. */
  get isPassing(): boolean {
    return this.status === undefined || this.status === 429 || this.status >= 500;
  }
}

/** One question to the API server. */
export interface ApiRequest {
  /** What is asked for, in words after "cannot": `create Job x`. */
  readonly purpose: string;
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** With its query. */
  readonly path: string;
  readonly body?: object;
  readonly signal: AbortSignal;
  /** Where the rights that it takes are listed. Default: docs/in-cluster.md. */
  readonly rights?: string;
}

/**
 * The API server, asked in plain JSON. The kubeconfig (certificates, tokens, exec plugins, proxies) is
 * @kubernetes/client-node's business; its typed calls would load the models of every API.
 */
export class ApiServer {
  private constructor(
    private readonly address: string,
    private readonly options: https.RequestOptions,
    private readonly limitMs: number,
  ) {}

  /**
   * @throws UsageError when the kubeconfig cannot be read or has no such context
   * @throws Unmeasurable when there is none, or its credentials cannot be had
   */
  static async connect(target: Pick<KubernetesTarget, "kubeconfig" | "context">, limitMs = defaultLimitMs): Promise<ApiServer> {
    const config = await loadKubeConfig(target);
    const address = config.getCurrentCluster()?.server.replace(/\/+$/, "");
    if (address === undefined) throw new Unmeasurable("the kubeconfig's current context has no cluster");
    const options: https.RequestOptions = {};
    try {
      await config.applyToHTTPSOptions(options);
    } catch (error) {
      throw new Unmeasurable(`the kubeconfig's credentials cannot be used: ${reasonOf(error)}`);
    }
    return new ApiServer(address, options, limitMs);
  }

  /** @returns the answer's body. @throws ApiFailure */
  async json<T>(request: ApiRequest): Promise<T> {
    try {
      return JSON.parse(await this.#text(await this.#open(request))) as T;
    } catch (error) {
      throw this.#failure(request, error);
    }
  }

  /**
   * Calls back with each line of an answer as it comes, until its end.
   * @param limitMs from its beginning to its end
   * @throws ApiFailure
   */
  async lines(request: ApiRequest, limitMs: number, onLine: (line: string) => void): Promise<void> {
    try {
      const answer = await this.#open(request);
      // Readline alone would end quietly when the connection breaks.
      const broken = new Promise<never>((_, reject) => answer.once("error", reject));
      broken.catch(() => undefined);
      const read = async (): Promise<void> => {
        for await (const line of createInterface({ input: answer, crlfDelay: Infinity })) onLine(line);
      };
      await limited(answer, limitMs, () => Promise.race([read(), broken]));
      if (!answer.complete) throw new Error("the connection was closed");
    } catch (error) {
      throw this.#failure(request, error);
    }
  }

  async #open({ method, path, body, signal }: ApiRequest): Promise<http.IncomingMessage> {
    const url = new URL(this.address + path);
    const content = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const contentType = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const headers = {
      ...this.options.headers,
      Accept: "application/json",
      ...(content && {
        "Content-Type": contentType,
        // Node.js leaves it out for DELETE, and the body would be taken for another request.
        "Content-Length": content.length,
        // Otherwise the API server refuses without reading to the end, and the reset takes its reason away.
        Connection: "keep-alive",
      }),
    };
    const answer = await new Promise<http.IncomingMessage>((resolve, reject) => {
      const transport = url.protocol === "http:" ? http : https;
      const request = transport.request(url, { ...this.options, method, headers, signal }, (incoming) => {
        clearTimeout(limit);
        resolve(incoming);
      });
      const limit = setTimeout(() => request.destroy(new Error(`no answer within ${this.limitMs / 1000} s`)), this.limitMs);
      request.once("error", (error) => {
        clearTimeout(limit);
        reject(new ApiFailure(explain(error), undefined, request.writableFinished));
      });
      request.end(content);
    });
    const status = answer.statusCode ?? 0;
    if (status >= 200 && status < 300) return answer;
    const message = messageIn(await this.#text(answer));
    throw new ApiFailure(oneLine(`HTTP ${status} ${message}`, 300), status, status >= 500);
  }

  #text(answer: http.IncomingMessage): Promise<string> {
    return limited(answer, this.limitMs, async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks).toString("utf8");
    });
  }

  #failure({ purpose, signal, rights = "docs/in-cluster.md" }: ApiRequest, error: unknown): Error {
    if (signal.aborted) return new Unmeasurable("interrupted");
    const { status, mayBeDone, message } =
      error instanceof ApiFailure ? error : { status: undefined, mayBeDone: true, message: reasonOf(error) };
    const hint = status === 403 ? ` (the rights that it takes are in ${rights})` : "";
    return new ApiFailure(`cannot ${purpose} at the API server ${this.address}: ${message}${hint}`, status, mayBeDone);
  }
}

/** Breaks an answer off that has not come to its end in time: a connection may die without a word. */
async function limited<T>(answer: http.IncomingMessage, limitMs: number, read: () => Promise<T>): Promise<T> {
  const late = new Error(`the answer did not end within ${limitMs / 1000} s`);
  const limit = setTimeout(() => answer.destroy(late), limitMs);
  try {
    return await read();
  } finally {
    clearTimeout(limit);
  }
}

function explain(error: Error): string {
  const refused = "code" in error && error.code === "ECONNREFUSED";
  return refused ? "connection refused; is the cluster up, and is this the right context?" : reasonOf(error);
}

/** The API's own message; a proxy in between answers in its own words. */
function messageIn(body: string): string {
  try {
    const status: unknown = JSON.parse(body);
    return typeof status === "object" && status !== null && "message" in status ? String(status.message) : "";
  } catch {
    return body.slice(0, 200);
  }
}
