import http from "node:http";
import https from "node:https";
import { UnderWay } from "../../lib/under-way";
import { connectionProblem } from "../common/connection-problem";

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  /** Their names in small letters. */
  readonly headers: http.IncomingHttpHeaders;
  /** Of the request. */
  readonly path?: string;
}

export class HttpFailure extends Error {
  override readonly name = "HttpFailure";
  constructor(
    message: string,
    /** The connection was refused or reset before any of the answer came, so asking again can help. */
    readonly retryable: boolean,
  ) {
    super(message);
  }
}

/** @param path is put below the path of `url` */
export function endpoint(url: string, path: string): URL {
  const parsed = new URL(url);
  parsed.pathname = `${parsed.pathname.replace(/\/+$/, "")}${path}`;
  return parsed;
}

/** Longest time that a connection is kept without a request, in milliseconds. */
const idleMs = 4_000;

export interface HttpClientOptions {
  /** For a whole answer. */
  readonly timeoutSeconds: number;
  readonly connectionsPerReplica: number;
  /** Gives every request a connection of its own, for a load balancer to choose anew. Default false. */
  readonly freshConnections?: boolean;
  /** Longest answer that is read, in bytes. Default 1 MiB. */
  readonly maxBodyBytes?: number;
  /** Aborting it ends every request that is under way; each fails with "interrupted". */
  readonly signal?: AbortSignal;
}

/** On node:http: axios alone takes more per request than the verifier may for a whole run. */
export class HttpClient implements Disposable {
  readonly #http: http.Agent;
  readonly #https: https.Agent;
  readonly #inFlight = new UnderWay<http.ClientRequest>();

  constructor(private readonly options: HttpClientOptions) {
    // Connections that idle are closed: a replica that is told to end may wait for its clients to go.
    const kept = { keepAlive: true, maxSockets: options.connectionsPerReplica, scheduling: "lifo", timeout: idleMs } as const;
    // With a limit an agent hands connections on all the same; and balancers know TLS sessions again.
    const pool = options.freshConnections === true ? { keepAlive: false, maxCachedSessions: 0 } : kept;
    this.#http = new http.Agent(pool);
    this.#https = new https.Agent(pool);
    options.signal?.addEventListener("abort", this.#abort);
  }

  /** @throws HttpFailure when no whole answer came within the limit */
  post(to: URL, headers: Readonly<Record<string, string>>, body: string): Promise<HttpAnswer> {
    const content = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    return this.#send(to, { method: "POST", headers: { ...headers, ...content } }, body);
  }

  /** @throws HttpFailure when no whole answer came within the limit */
  get(from: URL): Promise<HttpAnswer> {
    return this.#send(from, {});
  }

  #send(url: URL, options: http.RequestOptions, body?: string): Promise<HttpAnswer> {
    const { timeoutSeconds, maxBodyBytes = 1024 * 1024 } = this.options;
    return new Promise((resolve, reject) => {
      const secure = url.protocol === "https:";
      const request = (secure ? https : http).request(url, { ...options, agent: secure ? this.#https : this.#http });
      const over = (): void => {
        clearTimeout(limit);
        this.#inFlight.delete(request);
      };
      const fail = (message: string, retryable = false): void => {
        over();
        reject(new HttpFailure(message, retryable));
        request.destroy();
      };
      const limit = setTimeout(() => fail(`no answer within ${timeoutSeconds} s`), timeoutSeconds * 1000);
      this.#inFlight.add(request);
      request.on("error", (error: NodeJS.ErrnoException) => {
        fail(connectionProblem(error), retryableCodes.has(error.code));
      });
      // Node.js would drop the connection without a word.
      request.on("upgrade", (_, socket) => {
        socket.destroy();
        fail("HTTP 101: it wants to speak another protocol");
      });
      request.on("response", (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on("data", (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > maxBodyBytes) fail(`the answer is larger than ${maxBodyBytes / 1024 / 1024} MiB`);
          else chunks.push(chunk);
        });
        response.on("error", () => fail("the answer was cut off"));
        response.on("end", () => {
          over();
          const { headers, statusCode: status = 0 } = response;
          resolve({ status, headers, path: url.pathname, body: Buffer.concat(chunks).toString("utf8") });
        });
      });
      request.end(body);
    });
  }

  readonly #abort = (): void => {
    for (const request of this.#inFlight) request.destroy(new Error("interrupted"));
  };

  [Symbol.dispose](): void {
    this.options.signal?.removeEventListener("abort", this.#abort);
    this.#abort();
    this.#http.destroy();
    this.#https.destroy();
  }
}

const retryableCodes: ReadonlySet<string | undefined> = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE"]);
