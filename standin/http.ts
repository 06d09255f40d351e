import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { HttpError } from "./http-error";
import { StartupError } from "./program";

const MAX_BODY_BYTES = 1024 * 1024;

/** Bodies of all requests under way together, in bytes. Parsed they may take 20 times as much, of a container's 256 MiB. */
const MAX_HELD_BYTES = 4 * MAX_BODY_BYTES;

/** Smaller bodies are always taken, in bytes: those who send large ones must not shut others out. */
const SMALL_BODY_BYTES = 4 * 1024;

/** What a chunk of a body counts in addition, in bytes: a client may send one byte a chunk, and the object takes 100. */
const CHUNK_BYTES = 100;

/** Connections at once. */
const MAX_CONNECTIONS = 1_024;

/** How long a connection with a running request may lie still, in milliseconds. */
const STALLED_MS = 150_000;

const SERVER_OPTIONS = {
  /** Longer than the idle time of common load balancers and clients, so that they close idle connections. */
  keepAliveTimeout: 75_000,
  /** How long a request's header lines, and a whole request, may take to arrive, in milliseconds; then 408. */
  headersTimeout: 15_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 1_000,
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

/** Bytes of the bodies of all requests under way. */
let heldBytes = 0;

/** Reads a body, a JSON object. @throws HttpError 400 for anything else, 413 for one too large, 503 when others leave no room */
export async function readJson(request: IncomingMessage, response: ServerResponse): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  let size = 0;
  response.once("close", () => (heldBytes -= size));
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      if (response.closed) throw new HttpError(400, "the client has gone");
      const bytes = chunk.length + CHUNK_BYTES;
      size += bytes;
      heldBytes += bytes;
      if (size > MAX_BODY_BYTES) throw new HttpError(413, `the request body is larger than ${MAX_BODY_BYTES} bytes`);
      if (size > SMALL_BODY_BYTES && heldBytes > MAX_HELD_BYTES)
        throw new HttpError(503, "the memory for requests is in use; try again later");
      chunks.push(chunk);
    }
    return parseJsonObject(Buffer.concat(chunks));
  } catch (error) {
    // Some clients read no answer before they have sent everything.
    request.resume();
    throw error;
  }
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
  const server = createServer(SERVER_OPTIONS, handle);
  server.timeout = STALLED_MS;
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(new StartupError(`cannot listen on port ${port}: ${error.code ?? error.message}`)),
    );
    server.listen(port, "0.0.0.0", resolve);
  });
  return { server, port: (server.address() as AddressInfo).port };
}

/**
 * A copy of at most `length` characters of a header's text. What V8 cuts out of a string keeps the whole string in
 * memory, and what outlives its request must not do so: a waiting span would hold all 16 KiB of a session id.
 */
export const ownCopy = (text: string, length = 256): string => Buffer.from(text.slice(0, length), "latin1").toString("latin1");
