import http, { type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import https from "node:https";
import { HttpError } from "../http";
import type { Model } from "./config";

/** How long an upstream may be silent, in milliseconds. */
const IDLE_LIMIT_MS = 120_000;

const agents = { "http:": new http.Agent({ keepAlive: true }), "https:": new https.Agent({ keepAlive: true }) };

export interface UpstreamRequest {
  readonly body: Buffer;
  readonly traceparent: string;
  /** The client's own `Authorization`, for models with `passthrough_auth`. */
  readonly authorization?: string;
  /** Ends the call when the client has gone. */
  readonly signal: AbortSignal;
}

/**
 * Posts a chat completion to a model's upstream.
 *
 * @returns the response with any status, its body still to be read
 * @throws HttpError 502 when the upstream cannot be reached, 504 when it stays silent
 */
export async function post(model: Model, request: UpstreamRequest): Promise<IncomingMessage> {
  const key = model.passthroughAuth ? request.authorization : model.accessKey && `Bearer ${model.accessKey}`;
  const headers: OutgoingHttpHeaders = {
    "content-type": "application/json",
    "content-length": request.body.length,
    traceparent: request.traceparent,
    ...(key === undefined ? {} : { authorization: key }),
  };
  try {
    return await send(model.url, headers, request);
  } catch (error) {
    if (error instanceof HttpError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? "no answer";
    throw new HttpError(502, `the upstream of ${model.name} cannot be reached: ${code}`, "upstream_error");
  }
}

function send(
  url: URL,
  headers: OutgoingHttpHeaders,
  { body, signal }: Pick<UpstreamRequest, "body" | "signal">,
): Promise<IncomingMessage> {
  const secure = url.protocol === "https:";
  const request = (secure ? https : http).request(url, {
    method: "POST",
    headers,
    signal,
    agent: secure ? agents["https:"] : agents["http:"],
    timeout: IDLE_LIMIT_MS,
  });
  return new Promise((resolve, reject) => {
    request.once("response", resolve);
    request.once("timeout", () => {
      reject(new HttpError(504, `the upstream was silent for ${IDLE_LIMIT_MS / 1000} s`, "upstream_error"));
      request.destroy();
    });
    request.on("error", (error: NodeJS.ErrnoException) => {
      // An idle connection that the upstream closed just now: Node's documented remedy is to ask again.
      if (request.reusedSocket && error.code === "ECONNRESET" && !signal.aborted) {
        send(url, headers, { body, signal }).then(resolve, reject);
      } else reject(error);
    });
    request.end(body);
  });
}
