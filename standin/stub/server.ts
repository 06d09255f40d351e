import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { readChatRequest } from "../chat";
import { HttpError, parseJsonObject, readBody, sendError, sendJson } from "../http";
import { type HeldMemory, RequestMemory } from "../request-memory";
import { priceList } from "./prices";
import { complete, completionBody, completionEvents } from "./completion";

/** The models it lists; it answers for any other name just as well. */
const MODELS = ["openai/gpt-4o-mini", "openai/gpt-5.2", "plano/Plano-Orchestrator"];

/**
 * The stub's request handler: an OpenAI-compatible API without a model behind it.
 *
 * @param latencyMs how long every completion is held back, in milliseconds
 */
export function stubHandler(latencyMs: number): (request: IncomingMessage, response: ServerResponse) => void {
  const memory = new RequestMemory();
  return (request, response) => {
    handle(request, response, memory, latencyMs).catch((error: unknown) => {
      sendError(response, error instanceof HttpError ? error : new HttpError(500, String(error), "server_error"));
    });
  };
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  memory: RequestMemory,
  latencyMs: number,
): Promise<void> {
  const path = new URL(request.url ?? "/", "http://stub").pathname;
  switch (`${request.method} ${path}`) {
    case "POST /v1/chat/completions":
      return answerChat(request, response, memory.hold(response), latencyMs);
    case "GET /v1/models":
      return sendJson(response, 200, {
        object: "list",
        data: MODELS.map((id) => ({ id, object: "model", created: 0, owned_by: "llm-stub" })),
      });
    case "GET /prices":
      return sendJson(response, 200, priceList(MODELS));
    case "GET /healthz":
      return sendJson(response, 200, { status: "ok", service: "llm-stub", stub: true });
    default:
      throw new HttpError(404, `the LLM stub does not serve ${request.method} ${path}`);
  }
}

async function answerChat(
  request: IncomingMessage,
  response: ServerResponse,
  held: HeldMemory,
  latencyMs: number,
): Promise<void> {
  const chat = readChatRequest(parseJsonObject(await readBody(request, held)));
  if (latencyMs > 0) await delay(latencyMs);
  const completion = complete(chat);
  if (!chat.stream) return sendJson(response, 200, completionBody(completion));

  const options = chat.fields["stream_options"] as { include_usage?: unknown } | undefined;
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  for (const event of completionEvents(completion, options?.include_usage === true)) response.write(event);
  response.end();
}
