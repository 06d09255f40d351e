import { text } from "node:stream/consumers";
import type { ChatMessage, ChatRequest } from "../chat";
import { HttpError } from "../http-error";
import type { Model, Route } from "./config";
import { post, type UpstreamRequest } from "./upstream";

/** How many of the latest messages the routing model is shown (Plano 0.4.27). */
const MAX_MESSAGES = 16;

/** Messages that say nothing about what the user wants. */
const IGNORED_ROLES = new Set(["system", "developer", "tool"]);

/** Asks the routing model for a route. @throws HttpError 502 when it cannot be reached, 500 when its answer is useless */
export async function chooseRoute(
  routes: readonly Route[],
  routingModel: Model,
  chat: ChatRequest,
  context: Omit<UpstreamRequest, "body">,
): Promise<Route | undefined> {
  const body = {
    model: routingModel.upstreamName,
    messages: [{ role: "user", content: routingPrompt(routes, chat.messages) }],
    temperature: 0.01,
  };
  const response = await post(routingModel, { ...context, body: JSON.stringify(body) });
  const answer = await text(response);
  try {
    const { choices } = JSON.parse(answer) as { choices: { message?: { content?: string | null } }[] };
    return parseRoutingAnswer(choices[0]?.message?.content ?? "", routes);
  } catch {
    const reason = `it answered ${response.statusCode} with no completion in JSON`;
    throw new HttpError(500, `the routing model could not choose a route: ${reason}`);
  }
}

/** The routing model's prompt as in Plano 0.4.27: routes as JSON lines, and the conversation as a JSON list. */
export function routingPrompt(routes: readonly Route[], messages: readonly ChatMessage[]): string {
  const conversation = messages
    .filter(({ role, text }) => !IGNORED_ROLES.has(role) && text !== "")
    .slice(-MAX_MESSAGES)
    .map(({ role, text }) => ({ role, content: text }));
  return [
    "Choose the routes that serve the user's latest request.",
    "<routes>",
    ...routes.map(({ name, description }) => JSON.stringify({ name, description })),
    "</routes>",
    "<conversation>",
    JSON.stringify(conversation, null, 4),
    "</conversation>",
    'Answer with JSON only, best route first, an empty list where none fits: {"route": ["<name>"]}',
  ].join("\n");
}

/** Reads the routing model's answer, `{"route": ["deep_reasoning"]}`: the first route that exists, if any. */
export function parseRoutingAnswer(content: string, routes: readonly Route[]): Route | undefined {
  if (content === "") return undefined;
  const { route } = JSON.parse(content) as { route?: unknown };
  const names: unknown[] = Array.isArray(route) ? route : [route];
  return names.map((name) => routes.find((each) => each.name === name)).find((found) => found !== undefined);
}
