import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { type ChatRequest, type ModelApi, readChatRequest } from "../chat";
import { type Handler, readJson, type Route, sendJson, serve } from "../http";
import { answerForms, complete, converseBody } from "./completion";

/** The models it lists unless others are named; it answers for any other name just as well. */
const defaultModels = ["openai/gpt-4o-mini", "openai/gpt-5.2"];

export type PriceList = Record<string, { models: Record<string, { cost: object }> }>;

const cost = { input: 1, output: 1, cache_read: 0.1 };

/**
 * A price list in the form of https://models.dev/api.json (dollars per million tokens), in which all models cost the same.
 * With real prices a routing budget of 0 does not hold a session: a change to a model whose full price is below the cached
 * price of the session's own is free (Plano 0.4.28 and later), e.g. from gpt-5.2 to gpt-4o-mini.
 */
function priceListOf(models: readonly string[]): PriceList {
  const list: PriceList = {};
  for (const name of models) {
    const [provider = "", ...rest] = name.split("/");
    // A model of a name without a provider is looked up by the name.
    const [key, id] = rest.length === 0 ? ["", provider] : [provider, rest.join("/")];
    (list[key] ??= { models: {} }).models[id] = { cost };
  }
  return list;
}

/** What a model of Bedrock is asked at; its id may hold slashes. */
const CONVERSE = /^.*\/model\/(.+)\/converse$/;

/**
 * The APIs of models, without a model behind them: OpenAI's chat completions and responses and Anthropic's messages under
 * any path, as providers have them, and Bedrock's Converse.
 *
 * @param latencyMs how long every completion is held back, in milliseconds
 * @param models that it lists, and has prices for
 */
export function stubHandler(latencyMs: number, models: readonly string[] = defaultModels): Handler {
  const all = [...models, "plano/Plano-Orchestrator"];
  const data = all.map((id) => ({ id, object: "model", created: 0, owned_by: "llm-stub" }));
  const prices = priceListOf(all);
  const asked = async (
    request: IncomingMessage,
    response: ServerResponse,
    more: object = {},
    api?: ModelApi,
  ): Promise<ChatRequest> => {
    const chat = readChatRequest({ ...(await readJson(request, response)), ...more }, api);
    if (latencyMs > 0) await delay(latencyMs);
    return chat;
  };
  const answering = (api: ModelApi): Route => {
    const form = answerForms[api];
    return async (request, response) => {
      const chat = await asked(request, response, {}, api);
      const completion = complete(chat);
      if (chat.fields["stream"] !== true) return sendJson(response, 200, form.body(completion));

      const options = chat.fields["stream_options"] as { include_usage?: unknown } | undefined;
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
      for (const event of form.events(completion, options?.include_usage === true)) response.write(event);
      response.end();
    };
  };
  return serve("the LLM stub", {
    "POST */chat/completions": answering("chat/completions"),
    "POST */messages": answering("messages"),
    "POST */responses": answering("responses"),
    "POST */converse": async (request, response, path) => {
      const model = decodeURIComponent(CONVERSE.exec(path)?.[1] ?? "");
      sendJson(response, 200, converseBody(complete(await asked(request, response, { model }))));
    },
    "GET /v1/models": (_, response) => sendJson(response, 200, { object: "list", data }),
    "GET /prices": (_, response) => sendJson(response, 200, prices),
    "GET /healthz": (_, response) => sendJson(response, 200, { status: "ok", service: "llm-stub", stub: true }),
  });
}
