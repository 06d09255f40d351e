import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import { HttpError } from "../http-error";
import type { Model } from "./config";

/** How long an upstream may be silent, in milliseconds. */
const IDLE_LIMIT_MS = 120_000;

const agents = { http: new http.Agent({ keepAlive: true }), https: new https.Agent({ keepAlive: true }) };

export interface UpstreamRequest {
  readonly body: string;
  readonly traceparent: string;
  /** Ends the call when the client has gone. */
  readonly signal: AbortSignal;
}

/** Posts a chat completion upstream; any status is a response. @throws HttpError 502 when it cannot be reached, or is silent */
export function post(model: Model, asked: UpstreamRequest): Promise<IncomingMessage> {
  const { name, url, accessKey } = model;
  const { body, traceparent, signal } = asked;
  const login = accessKey !== undefined && { authorization: `Bearer ${accessKey}` };
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body), traceparent, ...login };
  const options = { method: "POST", headers, signal, timeout: IDLE_LIMIT_MS };
  return new Promise((resolve, reject) => {
    const request =
      url.protocol === "https:"
        ? https.request(url, { ...options, agent: agents.https })
        : http.request(url, { ...options, agent: agents.http });
    request.once("response", resolve);
    request.once("timeout", () => request.destroy(new Error(`silent for ${IDLE_LIMIT_MS / 1000} s`)));
    request.on("error", (error: NodeJS.ErrnoException) => {
      // An idle connection that the upstream closed just now: Node's documented remedy is to ask again.
      if (request.reusedSocket && error.code === "ECONNRESET" && !signal.aborted) post(model, asked).then(resolve, reject);
      else reject(new HttpError(502, `the upstream of ${name} cannot be reached: ${error.code ?? error.message}`));
    });
    request.end(body);
  });
}
