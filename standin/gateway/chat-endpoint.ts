import type { IncomingMessage, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import type { Span } from "@opentelemetry/api";
import { HttpError } from "../http";
import { ownCopy } from "../own-copy";
import type { Decision } from "./decider";
import { type Exchange, findModel, readChat } from "./exchange";
import type { Gateway } from "./gateway";
import { formatTraceparent, parseTraceparent } from "./traceparent";
import { post } from "./upstream";

/** Headers that belong to one connection and are not passed on. */
const HOP_BY_HOP = new Set(["connection", "keep-alive", "transfer-encoding", "upgrade", "trailer", "date"]);

/** `POST /v1/chat/completions`: decides on a model and passes its answer on. */
export async function answerChat(gateway: Gateway, exchange: Exchange): Promise<void> {
  const { parts, traces } = gateway;
  const { request, response, path } = exchange;
  const span = traces.start("llm", "llm", parseTraceparent(request.headers["traceparent"] as string | undefined), {
    component: "llm",
    "http.method": "POST",
    "http.path": path,
    ...parts.spanAttributes,
  });
  try {
    await serve(gateway, exchange, span);
  } finally {
    span.setAttribute("http.status_code", response.statusCode);
    span.end();
  }
}

async function serve(gateway: Gateway, exchange: Exchange, span: Span): Promise<void> {
  const { config, parts, traces, decider } = gateway;
  const { request, response, path, signal } = exchange;
  if (parts.failsRequest(gateway.nextRequestNumber())) throw new HttpError(500, "the worker crashed", "server_error");

  const chat = await readChat(exchange, config);
  const session = parts.session(request);
  if (session !== undefined) span.setAttribute("plano.session_id", ownCopy(session.id));
  const authorization = request.headers.authorization;
  const decision = await decider.decide({
    chat,
    session,
    authorization,
    signal,
    startRoutingSpan: () =>
      traces.start("routing", "routing", span.spanContext(), {
        component: "routing",
        "http.method": "POST",
        "http.target": path,
        "model.requested": chat.model,
      }),
  });
  describe(span, path, chat.model, decision);

  const model = findModel(config, parts.calledModel(decision, chat.model));
  const body = Buffer.from(JSON.stringify({ ...chat.fields, model: model.upstreamName }));
  const traceparent = formatTraceparent(span.spanContext());
  const answer = await post(model, { body, traceparent, authorization, signal });
  await passOn(answer, response, model.name);
  gateway.log.info("request", {
    path,
    status: response.statusCode,
    model: model.name,
    route: decision.route,
    pinned: decision.pinned,
    traceId: span.spanContext().traceId,
  });
}

/** Names and tags the span as Plano 0.4.27 does. */
function describe(span: Span, path: string, requested: string, { models: [model], route }: Decision): void {
  span.updateName(`POST ${path} ${requested === model ? model : `${requested} -> ${model}`}`);
  span.setAttribute("llm.model", model);
  if (route !== null) span.setAttribute("plano.route.name", route);
}

/** Streams an answer to the client; an error that is not in OpenAI's form is put into it, its status kept. */
async function passOn(answer: IncomingMessage, response: ServerResponse, model: string): Promise<void> {
  const status = answer.statusCode ?? 502;
  const headers = Object.entries(answer.headers).filter(([name]) => !HOP_BY_HOP.has(name));
  if (status < 400) {
    response.writeHead(status, Object.fromEntries(headers));
    await pipeline(answer, response);
    return;
  }
  const body = await buffer(answer);
  if (!isOpenAiError(body)) throw new HttpError(status, `the upstream of ${model} answered ${status}`, "upstream_error");
  response.writeHead(status, Object.fromEntries(headers));
  response.end(body);
}

function isOpenAiError(body: Buffer): boolean {
  try {
    const { error } = JSON.parse(body.toString("utf8")) as { error?: { message?: unknown } };
    return typeof error?.message === "string";
  } catch {
    return false;
  }
}
