import { textOf } from "../chat";

/** What Plano tells its routing model. */
export interface RoutingPrompt {
  /** Names of the routes on offer. */
  readonly routes: readonly string[];
  /** The latest prompt of the user; empty when the conversation has none. */
  readonly lastUserPrompt: string;
}

/** Anchored at line ends: the same tags appear inline in the instructions, and JSON strings hold no raw line ends. */
const ROUTES = /<routes>\n([\s\S]*?)\n<\/routes>/;
const CONVERSATION = /<conversation>\n([\s\S]*?)\n<\/conversation>/;

/**
 * Reads the prompt that Plano 0.4.27 sends to its routing model: one user message with the routes, one JSON object
 * a line, between `<routes>` tags and the conversation as a JSON list between `<conversation>` tags.
 *
 * @returns undefined when the text is no such prompt
 */
export function parseRoutingPrompt(text: string): RoutingPrompt | undefined {
  try {
    const lines = ROUTES.exec(text)?.[1]?.split("\n") ?? [];
    const routes = lines.filter((line) => line.trim() !== "").map((line) => JSON.parse(line) as { name: unknown });
    const conversation: unknown = JSON.parse(CONVERSATION.exec(text)?.[1] ?? "");
    const messages = Array.isArray(conversation) ? (conversation as { role?: unknown; content?: unknown }[]) : [];
    return {
      routes: routes.map(({ name }) => String(name)),
      lastUserPrompt: textOf(messages.findLast(({ role }) => role === "user")?.content),
    };
  } catch {
    return undefined;
  }
}
