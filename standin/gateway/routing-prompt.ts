import type { ChatMessage } from "../chat";
import type { Route } from "./config";

/** How many of the latest messages the routing model is shown (Plano 0.4.27). */
const MAX_MESSAGES = 16;

/** Messages that say nothing about what the user wants. */
const IGNORED_ROLES = new Set(["system", "developer", "tool"]);

/**
 * Builds the routing model's prompt in the form that Plano 0.4.27 uses: routes as JSON, one a line, between `<routes>`
 * tags, and the conversation as a JSON list between `<conversation>` tags.
 */
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

/**
 * Reads the routing model's answer, `{"route": ["deep_reasoning"]}`.
 *
 * @returns the first route that exists; `undefined` where none fits
 * @throws SyntaxError when the answer is not JSON
 */
export function parseRoutingAnswer(content: string, routes: readonly Route[]): Route | undefined {
  if (content === "") return undefined;
  const { route } = JSON.parse(content) as { route?: unknown };
  const names: unknown[] = Array.isArray(route) ? route : [route];
  return names.map((name) => routes.find((each) => each.name === name)).find((found) => found !== undefined);
}
