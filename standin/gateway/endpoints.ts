import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { Span } from "@opentelemetry/api";
import { type ChatRequest, type ModelApi, readChatRequest } from "../chat";
import { ownCopy, readJson, type Route, sendJson } from "../http";
import { HttpError } from "../http-error";
import { derivedSession } from "./anchor";
import type { GatewayConfig, Model } from "./config";
import type { Gateway } from "./gateway";
import type { Decision } from "./parts";
import type { Session } from "./pin";
import { chooseRoute } from "./router";
import { formatTraceparent, parseTraceparent, type Service } from "./traces";
import { post } from "./upstream";

/** How much of an unknown model's name is quoted. */
const QUOTED_LENGTH = 200;

/** Headers that belong to one connection and are not passed on. */
const HOP_BY_HOP = new Set(["connection", "keep-alive", "transfer-encoding", "upgrade", "trailer", "date"]);

interface Decided {
  readonly chat: ChatRequest;
  readonly session: Session | undefined;
  readonly decision: Decision;
  readonly path: string;
  readonly span: Span;
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal;
}

/**
 * `POST /v1/<api>`: decides on a model and passes its answer on. The upstream is asked by the same API, as Plano 0.4.27 asks
 * those that have it; it translates messages for OpenAI.
 */
export function answerModel(gateway: Gateway, api: ModelApi): Route {
  const { config, parts, log } = gateway;
  return deciding(gateway, "llm", "llm", api, async ({ chat, decision, path, span, signal }, response) => {
    const { route, pinned } = decision;
    const [best] = decision.models;
    // As Plano 0.4.27 names and tags its spans.
    span.updateName(`POST ${path} ${chat.model === best ? best : `${chat.model} -> ${best}`}`);
    span.setAttribute("llm.model", best);
    if (route !== null) span.setAttribute("plano.route.name", route);

    const model = findModel(config, parts.calledModel(decision, chat.model));
    const body = JSON.stringify({ ...chat.fields, model: model.upstreamName });
    const traceparent = formatTraceparent(span.spanContext());
    const url = new URL(model.url.href.replace(/chat\/completions$/, api));
    await passOn(await post({ ...model, url }, { body, traceparent, signal }), response);
    const { traceId } = span.spanContext();
    log.info("request", { path, status: response.statusCode, model: model.name, route, pinned, traceId });
  });
}

/**
 * `POST /routing/v1/chat/completions`: decides, pins and answers the decision without calling the model.
 * Where no route fits it names and pins the request's own model; Plano 0.4.27 answers the word `none` there.
 */
export function answerRouting(gateway: Gateway): Route {
  return deciding(gateway, "routing", "routing_decision", "chat/completions", async ({ session, decision, span }, response) => {
    const { models, route, pinned } = decision;
    const { traceId } = span.spanContext();
    const named = session === undefined ? {} : { session_id: session.id };
    sendJson(response, 200, { models, route, trace_id: traceId, ...named, pinned });
    gateway.log.info("routing_decision", { model: models[0], route, pinned, traceId });
  });
}

/**
 * A route that decides on a model, on a span of its own.
 *
 * @throws HttpError 400 for a malformed request or a model that is not configured, 413 and 503 like {@link readJson}
 */
function deciding(
  { config, parts, traces, decider }: Gateway,
  service: Service,
  name: string,
  api: ModelApi,
  answer: (decided: Decided, response: ServerResponse) => Promise<void>,
): Route {
  let requests = 0;
  return async (request, response, path) => {
    const common = { component: service, "http.method": "POST", "http.path": path, ...parts.spanAttributes };
    const caller = parseTraceparent(request.headers["traceparent"] as string | undefined);
    const span = traces.start(service, name, caller, common);
    const gone = new AbortController();
    response.once("close", () => {
      if (!response.writableFinished) gone.abort();
    });
    const { signal } = gone;
    try {
      if (parts.failsRequest(++requests)) throw new HttpError(500, "the worker crashed");
      const read = readChatRequest(await readJson(request, response), api);
      const chat = { ...read, model: findModel(config, read.model).name };
      const session = parts.session(request) ?? (config.priceSource && derivedSession(request, chat, config.tenantHeader));
      if (session !== undefined) span.setAttribute("plano.session_id", ownCopy(session.id));
      const decision = await decider(chat, session, () => route(chat, path, span, signal));
      await answer({ chat, session, decision, path, span, signal }, response);
    } finally {
      span.setAttribute("http.status_code", response.statusCode);
      span.end();
    }
  };

  /** Asks the routing model: its route's models, or where none fits the requested model. A decision has no other span than its own. */
  async function route(chat: ChatRequest, path: string, parent: Span, signal: AbortSignal): Promise<Decision> {
    const { routes, routingModel } = config;
    const common = { component: "routing", "http.method": "POST", "http.target": path, "model.requested": chat.model };
    const span = service === "routing" ? parent : traces.start("routing", "routing", parent.spanContext(), common);
    const startedAt = performance.now();
    try {
      const context = { traceparent: formatTraceparent(span.spanContext()), signal };
      const found = routingModel && (await chooseRoute(routes, routingModel, chat, context));
      span.setAttribute("route.selected_model", found?.models[0] ?? "none");
      const [best = chat.model, ...others] = found?.models ?? [];
      return { models: [best, ...others], route: found?.name ?? null, pinned: false };
    } finally {
      span.setAttribute("routing.determination_ms", Math.round(performance.now() - startedAt));
      if (span !== parent) span.end();
    }
  }
}

/** Finds a model by its full name or, as Plano does, by the name without its provider. */
function findModel({ models }: GatewayConfig, name: string): Model {
  const model =
    models.get(name) ??
    [...models.values()].find((each) => each.name.endsWith(`/${name}`)) ??
    [...models.values()].flatMap((each) => byWildcard(each, name)).at(0);
  if (model === undefined) {
    throw new HttpError(400, `model "${name.slice(0, QUOTED_LENGTH)}" is not among the configured model providers`);
  }
  return model;
}

/** A model that `provider/*` stands for. */
function byWildcard(model: Model, name: string): Model[] {
  const [prefix, end] = [model.name.slice(0, -1), name.slice(name.indexOf("/") + 1)];
  return model.name.endsWith("/*") && name.startsWith(prefix) ? [{ ...model, name, upstreamName: end }] : [];
}

/** Streams an answer to the client, whatever its status. */
async function passOn(answer: IncomingMessage, response: ServerResponse): Promise<void> {
  const headers = Object.fromEntries(Object.entries(answer.headers).filter(([name]) => !HOP_BY_HOP.has(name)));
  response.writeHead(answer.statusCode ?? 502, headers);
  await pipeline(answer, response);
}
