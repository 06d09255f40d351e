import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { limitConnections } from "./connections";
import { HttpError } from "./http-error";
import { StartupError } from "./program";
import type { HeldMemory } from "./request-memory";

const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** Chunks up to this size are joined to others, in bytes. */
const SMALL_CHUNK_BYTES = 8 * 1024;

/** When a client that found no room may try again, in seconds. */
const RETRY_AFTER_SECONDS = 1;

/** How much of a refused body is still read, in bytes, so that the client sees the answer. */
const MAX_DISCARDED_BYTES = 64 * 1024 * 1024;

/** How often connections are looked at for requests that take too long, in milliseconds. */
const CHECK_INTERVAL_MS = 1_000;

/** Connections that wait to be accepted. A burst takes Node's 511, and others then wait for seconds. */
const BACKLOG = 4_096;

/** Longer than the idle time of common load balancers and clients, so that they close idle connections. */
const KEEP_ALIVE_MS = 75_000;

/** Connections at once; see {@link limitConnections}. */
const MAX_CONNECTIONS = 1_024;

/** How long a connection with a running request may lie still, in milliseconds; longer than an upstream may be silent. */
const STALLED_MS = 150_000;

const SERVER_OPTIONS = {
  keepAliveTimeout: KEEP_ALIVE_MS,
  /** All header lines of a request together, in bytes; more is answered with 431. */
  maxHeaderSize: 16 * 1024,
  /** How long a request's header lines, and a whole request, may take to arrive, in milliseconds; then 408. */
  headersTimeout: 15_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: CHECK_INTERVAL_MS,
};

/** Answers one request. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Answers one kind of request; what it throws is answered too. */
export type Route = (request: IncomingMessage, response: ServerResponse, path: string) => void | Promise<void>;

/**
 * Answers by method and path, and any other request with 404. A path that begins with `*` stands for all that end so.
 *
 * @param server its name, as the subject of a sentence
 * @param routes by method and path: `GET /healthz`
 * @param onFailure is told what was not answered, unless the client has gone
 */
export function serve(
  server: string,
  routes: Readonly<Record<string, Route>>,
  onFailure: (path: string, status: number, error: unknown) => void = () => undefined,
): Handler {
  return (request, response) => {
    const path = ownCopy((request.url ?? "/").split("?", 1)[0] ?? "/");
    const answer = async (): Promise<void> => {
      const route = routes[`${request.method} ${path}`] ?? byEnd(routes, request.method ?? "", path);
      if (route === undefined) throw new HttpError(404, `${server} does not serve ${request.method} ${path}`);
      await route(request, response, path);
    };
    answer().catch((error: unknown) => {
      if (!response.destroyed) onFailure(path, error instanceof HttpError ? error.status : 500, error);
      sendError(response, error);
    });
  };
}

function byEnd(routes: Readonly<Record<string, Route>>, method: string, path: string): Route | undefined {
  const pattern = Object.keys(routes).find((it) => it.startsWith(`${method} *`) && path.endsWith(it.slice(method.length + 2)));
  return pattern === undefined ? undefined : routes[pattern];
}

/** Reads a body, a JSON object. @throws HttpError 400 for anything else, 413 for one too large, 503 when others leave no room */
export async function readJson(request: IncomingMessage, held: HeldMemory): Promise<Record<string, unknown>> {
  try {
    const body = await collect(request, held);
    held.parse(body);
    return parseJsonObject(body);
  } catch (error) {
    discard(request);
    throw error;
  }
}

async function collect(request: IncomingMessage, held: HeldMemory): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new HttpError(413, `the request body is larger than ${MAX_BODY_BYTES} bytes`);
    held.receive(size);
    chunks.push(chunk);
    joinSmall(chunks);
  }
  return Buffer.concat(chunks);
}

/** Joins small chunks as they come, each byte a few times: a client may send one a chunk, and an object takes 100. */
function joinSmall(chunks: Buffer[]): void {
  for (;;) {
    const [before, last] = chunks.slice(-2);
    if (before === undefined || last === undefined || before.length > Math.min(2 * last.length, SMALL_CHUNK_BYTES)) return;
    chunks.splice(-2, 2, Buffer.concat([before, last]));
  }
}

/** Reads the rest and throws it away: some clients read no answer before they have sent everything. */
function discard(request: IncomingMessage): void {
  let size = 0;
  request.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > MAX_DISCARDED_BYTES) request.destroy();
  });
  request.on("error", () => undefined);
}

function parseJsonObject(body: Buffer): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch {
    throw new HttpError(400, "the request body is not valid JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new HttpError(400, "the request body is not a JSON object");
  }
  return value as Record<string, unknown>;
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  response.end(text);
}

/** Answers an error in OpenAI's form. A response that is under way can only be cut off; an unknown error is a 500. */
function sendError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { status, message } = error instanceof HttpError ? error : { status: 500, message: "the server failed" };
  if (status === 503) response.setHeader("retry-after", RETRY_AFTER_SECONDS);
  const type = status < 500 ? "invalid_request_error" : "server_error";
  sendJson(response, status, { error: { message, type, param: null, code: null } });
}

/** A server that listens, with the port that the system chose for 0. */
export interface Listening {
  readonly server: Server;
  readonly port: number;
}

/** Starts a server on all addresses. @throws StartupError for a port that is taken or not allowed */
export async function listen(port: number, handle: Handler): Promise<Listening> {
  const server = createServer(SERVER_OPTIONS, (request, response) => {
    // Once the server is closing, a connection whose last answer is out must not linger for its keep-alive time.
    response.once("close", () => setImmediate(() => !server.listening && server.closeIdleConnections()));
    handle(request, response);
  });
  server.timeout = STALLED_MS;
  limitConnections(server, MAX_CONNECTIONS);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(new StartupError(`cannot listen on port ${port}: ${error.code ?? error.message}`)),
    );
    server.listen({ port, host: "0.0.0.0", backlog: BACKLOG }, resolve);
  });
  return { server, port: (server.address() as AddressInfo).port };
}

/**
 * A copy of at most `length` characters of a header's text. What V8 cuts out of a string keeps the whole string in
 * memory, and what outlives its request must not do so: a waiting span would hold all 16 KiB of a session id.
 */
export const ownCopy = (text: string, length = 256): string => Buffer.from(text.slice(0, length), "latin1").toString("latin1");
