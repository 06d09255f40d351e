import { sendJson } from "../http";
import { type Exchange, readChat } from "./exchange";
import type { Gateway } from "./gateway";
import { parseTraceparent } from "./traceparent";

/**
 * `POST /routing/v1/chat/completions`: decides, pins and answers the decision without calling the model.
 * Where no route fits it names and pins the request's own model; Plano 0.4.27 answers the word `none` there.
 */
export async function answerRouting(gateway: Gateway, exchange: Exchange): Promise<void> {
  const { config, parts, traces, decider } = gateway;
  const { request, response, path, signal } = exchange;
  const parent = parseTraceparent(request.headers["traceparent"] as string | undefined);
  const span = traces.start("routing", "routing_decision", parent, {
    component: "routing",
    "http.method": "POST",
    "http.path": path,
    ...parts.spanAttributes,
  });
  try {
    const chat = await readChat(exchange, config);
    const session = parts.session(request);
    const decision = await decider.decide({
      chat,
      session,
      authorization: request.headers.authorization,
      signal,
      startRoutingSpan: () => traces.start("routing", "routing", span.spanContext(), { component: "routing" }),
    });
    const { traceId } = span.spanContext();
    sendJson(response, 200, {
      models: decision.models,
      route: decision.route,
      trace_id: traceId,
      ...(session === undefined ? {} : { session_id: session.id }),
      pinned: decision.pinned,
    });
    gateway.log.info("routing_decision", { model: decision.models[0], route: decision.route, pinned: decision.pinned, traceId });
  } finally {
    span.end();
  }
}
