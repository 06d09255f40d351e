import http, { type IncomingMessage, type RequestOptions } from "node:http";
import https from "node:https";
import { HttpError } from "../http-error";
import type { Model } from "./config";

/** How long an upstream may be silent, in milliseconds. */
const IDLE_LIMIT_MS = 120_000;

const agents = { http: new http.Agent({ keepAlive: true }), https: new https.Agent({ keepAlive: true }) };

export interface UpstreamRequest {
  readonly body: Buffer;
  readonly traceparent: string;
  /** Ends the call when the client has gone. */
  readonly signal: AbortSignal;
}

/** Posts a chat completion upstream; any status is a response. @throws HttpError 502 when unreachable, 504 when silent */
export async function post(model: Model, request: UpstreamRequest): Promise<IncomingMessage> {
  const { body, traceparent, signal } = request;
  const headers = {
    "content-type": "application/json",
    "content-length": body.length,
    traceparent,
    ...(model.accessKey === undefined ? {} : { authorization: `Bearer ${model.accessKey}` }),
  };
  try {
    return await send(model.url, { method: "POST", headers, signal, timeout: IDLE_LIMIT_MS }, body);
  } catch (error) {
    if (error instanceof HttpError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? "no answer";
    throw new HttpError(502, `the upstream of ${model.name} cannot be reached: ${code}`);
  }
}

function send(url: URL, options: RequestOptions, body: Buffer): Promise<IncomingMessage> {
  const request =
    url.protocol === "https:"
      ? https.request(url, { ...options, agent: agents.https })
      : http.request(url, { ...options, agent: agents.http });
  return new Promise((resolve, reject) => {
    request.once("response", resolve);
    request.once("timeout", () => {
      reject(new HttpError(504, `the upstream was silent for ${IDLE_LIMIT_MS / 1000} s`));
      request.destroy();
    });
    request.on("error", (error: NodeJS.ErrnoException) => {
      // An idle connection that the upstream closed just now: Node's documented remedy is to ask again.
      if (request.reusedSocket && error.code === "ECONNRESET" && options.signal?.aborted !== true) {
        send(url, options, body).then(resolve, reject);
      } else reject(error);
    });
    request.end(body);
  });
}
