import { setTimeout as delay } from "node:timers/promises";
import { readChatRequest } from "../chat";
import { type Handler, readJson, sendJson, serve } from "../http";
import { RequestMemory } from "../request-memory";
import { complete, completionBody, completionEvents } from "./completion";

/** The models it lists; it answers for any other name just as well. */
const MODELS = ["openai/gpt-4o-mini", "openai/gpt-5.2", "plano/Plano-Orchestrator"];

export type PriceList = Record<string, { models: Record<string, { cost: object }> }>;

const cost = { input: 1, output: 1, cache_read: 0.1 };

/**
 * A price list in the form of https://models.dev/api.json (dollars per million tokens), in which all models cost the same.
 * With real prices a routing budget of 0 does not hold a session: a change to a model whose full price is below the cached
 * price of the session's own is free (Plano 0.4.28 and later), e.g. from gpt-5.2 to gpt-4o-mini.
 */
const priceList: PriceList = {
  openai: { models: { "gpt-4o-mini": { cost }, "gpt-5.2": { cost } } },
  plano: { models: { "Plano-Orchestrator": { cost } } },
};

/**
 * An OpenAI-compatible API without a model behind it.
 *
 * @param latencyMs how long every completion is held back, in milliseconds
 */
export function stubHandler(latencyMs: number): Handler {
  const memory = new RequestMemory();
  const models = MODELS.map((id) => ({ id, object: "model", created: 0, owned_by: "llm-stub" }));
  return serve("the LLM stub", {
    "POST /v1/chat/completions": async (request, response) => {
      const chat = readChatRequest(await readJson(request, memory.hold(response)));
      if (latencyMs > 0) await delay(latencyMs);
      const completion = complete(chat);
      if (chat.fields["stream"] !== true) return sendJson(response, 200, completionBody(completion));

      const options = chat.fields["stream_options"] as { include_usage?: unknown } | undefined;
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
      for (const event of completionEvents(completion, options?.include_usage === true)) response.write(event);
      response.end();
    },
    "GET /v1/models": (_, response) => sendJson(response, 200, { object: "list", data: models }),
    "GET /prices": (_, response) => sendJson(response, 200, priceList),
    "GET /healthz": (_, response) => sendJson(response, 200, { status: "ok", service: "llm-stub", stub: true }),
  });
}
