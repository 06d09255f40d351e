import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Connections } from "./connections";
import { errorBody, HttpError } from "./http-error";
import { refuseMalformed } from "./malformed";
import type { HeldMemory } from "./request-memory";
import { StartupError } from "./startup-error";

/** Largest request body that is read, in bytes. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** Chunks up to this size are joined to others, in bytes. */
const SMALL_CHUNK_BYTES = 8 * 1024;

/** How much of a body that was refused is still read, in bytes, for the sake of the answer. */
const MAX_DISCARDED_BYTES = 64 * 1024 * 1024;

/** How often connections are looked at for requests that take too long, in milliseconds. */
const CHECK_INTERVAL_MS = 1_000;

/** Connections that wait to be accepted; Node's 511 are taken by a burst, and others then wait for seconds. */
const BACKLOG = 4_096;

/** Longer than the idle time of common load balancers and clients, so that it is they who close idle connections. */
const KEEP_ALIVE_MS = 75_000;

export { HttpError };

/** What a server puts up with. */
export interface ServerLimits {
  /** Connections at once; see {@link Connections}. */
  readonly connections: number;
  /** All header lines of a request together, in bytes; more is answered with 431. */
  readonly headerBytes: number;
  /** How long a request's header lines may take, in milliseconds; then 408. */
  readonly headersMs: number;
  /** How long a whole request may take to arrive, in milliseconds; then 408. */
  readonly requestMs: number;
  /** How long a connection with a running request may lie still, in milliseconds: a client that does not read. */
  readonly stalledMs: number;
}

/** Stalled is longer than an upstream may be silent. */
const serverLimits: ServerLimits = {
  connections: 1_024,
  headerBytes: 16 * 1024,
  headersMs: 15_000,
  requestMs: 30_000,
  stalledMs: 150_000,
};

/**
 * Reads a request's whole body.
 *
 * @throws HttpError 413 when it is larger than 10 MiB or there is never room for it, 503 when other requests leave none
 */
export async function readBody(request: IncomingMessage, held: HeldMemory): Promise<Buffer> {
  try {
    const body = await collect(request, held);
    held.parse(body);
    return body;
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

/** The rest is thrown away, not left unread: the client may read no answer before it has sent everything. */
function discard(request: IncomingMessage): void {
  let size = 0;
  request.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > MAX_DISCARDED_BYTES) request.destroy();
  });
  request.on("error", () => undefined);
}

/**
 * Parses a JSON object.
 *
 * @throws HttpError 400 when the body is not JSON or not an object
 */
export function parseJsonObject(body: Buffer): Record<string, unknown> {
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

/** Answers an error in OpenAI's form; a response that is already under way can only be cut off. */
export function sendError(response: ServerResponse, error: HttpError): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (error.retryAfterSeconds !== undefined) response.setHeader("retry-after", error.retryAfterSeconds);
  sendJson(response, error.status, errorBody(error));
}

/** An HTTP server that listens. */
export interface Listening {
  readonly server: Server;
  /** The port it was given, or the one the system chose for 0. */
  readonly port: number;
}

/**
 * Starts an HTTP server on all addresses.
 *
 * @throws StartupError when the port is taken or not allowed
 */
export async function listen(
  port: number,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
  limits: ServerLimits = serverLimits,
): Promise<Listening> {
  const options = {
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: Math.min(CHECK_INTERVAL_MS, limits.headersMs),
  };
  const server = createServer(options, (request, response) => {
    // Once the server is closing, a connection whose last answer is out must not linger for its keep-alive time.
    response.once("close", () => setImmediate(() => !server.listening && server.closeIdleConnections()));
    handle(request, response);
  });
  server.timeout = limits.stalledMs;
  new Connections(server, limits.connections);
  refuseMalformed(server);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(new StartupError(`cannot listen on port ${port}: ${error.code ?? error.message}`)),
    );
    server.listen({ port, host: "0.0.0.0", backlog: BACKLOG }, resolve);
  });
  return { server, port: (server.address() as AddressInfo).port };
}
