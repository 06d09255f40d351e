import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { StartupError } from "./startup-error";

/** Largest request body that is read, in bytes. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** Longer than the idle time of common load balancers and clients, so that it is they who close idle connections. */
const KEEP_ALIVE_MS = 75_000;

/** A failure that is answered to the client, with its status and OpenAI error type. */
export class HttpError extends Error {
  override readonly name = "HttpError";

  constructor(
    readonly status: number,
    message: string,
    readonly type: string = "invalid_request_error",
  ) {
    super(message);
  }
}

/**
 * Reads a request's whole body.
 *
 * @throws HttpError 413 when it is larger than 10 MiB
 */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) break;
    chunks.push(chunk);
  }
  if (size <= MAX_BODY_BYTES) return Buffer.concat(chunks);
  // The rest is thrown away, not left unread: the client may read no answer before it has sent everything.
  request.resume();
  throw new HttpError(413, `the request body is larger than ${MAX_BODY_BYTES} bytes`);
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
  sendJson(response, error.status, {
    error: { message: error.message, type: error.type, param: null, code: null },
  });
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
): Promise<Listening> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    // Once the server is closing, a connection whose last answer is out must not linger for its keep-alive time.
    response.once("close", () => setImmediate(() => !server.listening && server.closeIdleConnections()));
    handle(request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(new StartupError(`cannot listen on port ${port}: ${error.code ?? error.message}`)),
    );
    server.listen(port, "0.0.0.0", resolve);
  });
  return { server, port: (server.address() as AddressInfo).port };
}
