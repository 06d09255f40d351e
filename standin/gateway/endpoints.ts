import type { IncomingMessage, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import type { Span } from "@opentelemetry/api";
import { type ChatRequest, readChatRequest } from "../chat";
import { ownCopy, readJson, sendJson } from "../http";
import { HttpError } from "../http-error";
import type { GatewayConfig, Model } from "./config";
import type { Gateway } from "./gateway";
import type { Decision } from "./parts";
import type { Session } from "./pin";
import { formatTraceparent, parseTraceparent } from "./traceparent";
import type { Service } from "./traces";
import { post } from "./upstream";

/** How much of an unknown model's name is quoted. */
const QUOTED_LENGTH = 200;

/** Headers that belong to one connection and are not passed on. */
const HOP_BY_HOP = new Set(["connection", "keep-alive", "transfer-encoding", "upgrade", "trailer", "date"]);

/** One request and its response. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
}

/** A request, and the decision on its model. */
interface Decided {
  readonly chat: ChatRequest;
  readonly session: Session | undefined;
  readonly decision: Decision;
  readonly authorization: string | undefined;
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal;
}

/** `POST /v1/chat/completions`: decides on a model and passes its answer on. */
export async function answerChat(gateway: Gateway, exchange: Exchange): Promise<void> {
  const { response } = exchange;
  const span = startSpan(gateway, exchange, "llm", "llm");
  try {
    await serve(gateway, exchange, span);
  } finally {
    span.setAttribute("http.status_code", response.statusCode);
    span.end();
  }
}

async function serve(gateway: Gateway, exchange: Exchange, span: Span): Promise<void> {
  const { config, parts } = gateway;
  const { response, path } = exchange;
  if (parts.failsRequest(gateway.nextRequestNumber())) throw new HttpError(500, "the worker crashed", "server_error");

  const { chat, decision, authorization, signal } = await decide(gateway, exchange, span);
  const { route, pinned } = decision;
  const [best] = decision.models;
  // As Plano 0.4.27 names and tags its spans.
  span.updateName(`POST ${path} ${chat.model === best ? best : `${chat.model} -> ${best}`}`);
  span.setAttribute("llm.model", best);
  if (route !== null) span.setAttribute("plano.route.name", route);

  const model = findModel(config, parts.calledModel(decision, chat.model));
  const body = Buffer.from(JSON.stringify({ ...chat.fields, model: model.upstreamName }));
  const traceparent = formatTraceparent(span.spanContext());
  await passOn(await post(model, { body, traceparent, authorization, signal }), response, model.name);
  const { traceId } = span.spanContext();
  gateway.log.info("request", { path, status: response.statusCode, model: model.name, route, pinned, traceId });
}

/**
 * `POST /routing/v1/chat/completions`: decides, pins and answers the decision without calling the model.
 * Where no route fits it names and pins the request's own model; Plano 0.4.27 answers the word `none` there.
 */
export async function answerRouting(gateway: Gateway, exchange: Exchange): Promise<void> {
  const span = startSpan(gateway, exchange, "routing", "routing_decision");
  const { traceId } = span.spanContext();
  try {
    const { session, decision } = await decide(gateway, exchange, span);
    const { models, route, pinned } = decision;
    const named = session === undefined ? {} : { session_id: session.id };
    sendJson(exchange.response, 200, { models, route, trace_id: traceId, ...named, pinned });
    gateway.log.info("routing_decision", { model: models[0], route, pinned, traceId });
  } finally {
    span.end();
  }
}

function startSpan({ parts, traces }: Gateway, { request, path }: Exchange, component: Service, name: string): Span {
  return traces.start(component, name, parseTraceparent(request.headers["traceparent"] as string | undefined), {
    component,
    "http.method": "POST",
    "http.path": path,
    ...parts.spanAttributes,
  });
}

/** @throws HttpError 400 for a malformed request or a model that is not configured, 413 and 503 like {@link readJson} */
async function decide(gateway: Gateway, { request, response, path }: Exchange, span: Span): Promise<Decided> {
  const { config, parts, traces, decider, memory } = gateway;
  const gone = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) gone.abort();
  });
  const { signal } = gone;
  const read = readChatRequest(await readJson(request, memory.hold(response)));
  const chat = { ...read, model: findModel(config, read.model).name };
  const session = parts.session(request);
  if (session !== undefined) span.setAttribute("plano.session_id", ownCopy(session.id));
  const { authorization } = request.headers;
  const startRoutingSpan = (): Span =>
    traces.start("routing", "routing", span.spanContext(), {
      component: "routing",
      "http.method": "POST",
      "http.target": path,
      "model.requested": chat.model,
    });
  const decision = await decider({ chat, session, authorization, signal, startRoutingSpan });
  return { chat, session, decision, authorization, signal };
}

/** Finds a model by its full name or, as Plano does, by the name without its provider. */
function findModel({ models }: GatewayConfig, name: string): Model {
  const model = models.get(name) ?? [...models.values()].find((each) => each.name.endsWith(`/${name}`));
  if (model === undefined) {
    throw new HttpError(400, `model "${name.slice(0, QUOTED_LENGTH)}" is not among the configured model providers`);
  }
  return model;
}

/** Streams an answer to the client. An error that is not in OpenAI's form is put into it, with the same status. */
async function passOn(answer: IncomingMessage, response: ServerResponse, model: string): Promise<void> {
  const status = answer.statusCode ?? 502;
  const headers = Object.fromEntries(Object.entries(answer.headers).filter(([name]) => !HOP_BY_HOP.has(name)));
  if (status < 400) {
    response.writeHead(status, headers);
    return pipeline(answer, response);
  }
  const body = await buffer(answer);
  if (!isOpenAiError(body)) throw new HttpError(status, `the upstream of ${model} answered ${status}`, "upstream_error");
  response.writeHead(status, headers).end(body);
}

function isOpenAiError(body: Buffer): boolean {
  try {
    const { error } = JSON.parse(body.toString("utf8")) as { error?: { message?: unknown } };
    return typeof error?.message === "string";
  } catch {
    return false;
  }
}
