import { type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { errorBody, HttpError } from "./http-error";

/** How long what a refused client still sends is read, in milliseconds: closed at once, it might not see the answer. */
const LINGER_MS = 1_000;

/** The answers to what Node's parser refuses, by its error code. */
const REFUSALS: Readonly<Record<string, HttpError>> = {
  HPE_HEADER_OVERFLOW: new HttpError(431, "the request's header lines are too large"),
  ERR_HTTP_REQUEST_TIMEOUT: new HttpError(408, "the request took too long to arrive"),
};
const MALFORMED = new HttpError(400, "the request is not valid HTTP");

/** Answers invalid HTTP, control characters in a header included, in OpenAI's form, and closes the connection. */
export function refuseMalformed(server: Server): void {
  const latest = new WeakMap<Socket, ServerResponse>();
  server.on("request", (request, response) => latest.set(request.socket, response));
  const refused = new WeakSet<Socket>();
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    if (refused.has(socket)) return;
    refused.add(socket);
    const response = latest.get(socket);
    const underWay = response !== undefined && !response.writableFinished && response.headersSent;
    const answered = response !== undefined && response.writableFinished && error.code === "ERR_HTTP_REQUEST_TIMEOUT";
    if (error.code === "ECONNRESET" || !socket.writable || underWay || answered) {
      socket.destroy();
      return;
    }
    socket.end(message(REFUSALS[error.code ?? ""] ?? MALFORMED));
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  });
}

function message(error: HttpError): string {
  const body = JSON.stringify(errorBody(error));
  const length = Buffer.byteLength(body);
  const head = `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}\r\ncontent-type: application/json\r\ncontent-length: ${length}`;
  return `${head}\r\nconnection: close\r\n\r\n${body}`;
}
