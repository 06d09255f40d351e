import { randomUUID } from "node:crypto";
import { type ChatRequest, textOf, tokensOf } from "../chat";
import { chooseRoute } from "./classify";

/** Plano's routing model, as it is asked for with and without its provider's prefix. */
const ROUTING_MODEL = /^(plano\/)?Plano-Orchestrator$/;

/** A chat completion in OpenAI's form; `model` is the one that was asked for, letter for letter. */
type Completion = ReturnType<typeof complete>;

/** Answers a request: as the routing model when that one is asked for, else as a model with nothing to say. */
export function complete({ model, messages }: ChatRequest) {
  const content = ROUTING_MODEL.test(model) ? route(messages) : `This is ${model}, played by the LLM stub.`;
  const prompt_tokens = tokensOf(messages);
  const completion_tokens = tokensOf([{ role: "assistant", text: content }]);
  return {
    id: `chatcmpl-${randomUUID()}`,
    created: Math.floor(Date.now() / 1000),
    model,
    content,
    usage: { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens },
  };
}

/** `{"route": ["deep_reasoning"]}`, or an empty list where no route fits: the form of Plano's routing model. */
function route(messages: ChatRequest["messages"]): string {
  const prompt = parseRoutingPrompt(messages.at(-1)?.text ?? "");
  const name = prompt && chooseRoute(prompt.lastUserPrompt, prompt.routes);
  return JSON.stringify({ route: name === undefined ? [] : [name] });
}

/** Anchored at line ends: the same tags appear inline in the instructions, and JSON strings hold no raw line ends. */
const ROUTES = /<routes>\n([\s\S]*?)\n<\/routes>/;
const CONVERSATION = /<conversation>\n([\s\S]*?)\n<\/conversation>/;

/**
 * Reads the prompt that Plano 0.4.27 sends to its routing model: one user message with the routes, one JSON object
 * a line, between `<routes>` tags and the conversation as a JSON list between `<conversation>` tags.
 *
 * @returns the routes on offer, and the latest prompt of the user, empty when there is none; undefined for any other text
 */
export function parseRoutingPrompt(text: string) {
  try {
    const lines = ROUTES.exec(text)?.[1]?.split("\n") ?? [];
    const routes = lines.filter((line) => line.trim() !== "").map((line) => JSON.parse(line) as Record<string, unknown>);
    const conversation: unknown = JSON.parse(CONVERSATION.exec(text)?.[1] ?? "");
    const messages = Array.isArray(conversation) ? (conversation as { role?: unknown; content?: unknown }[]) : [];
    return {
      routes: routes.map(({ name, description = "" }) => ({ name: String(name), description: String(description) })),
      lastUserPrompt: textOf(messages.findLast(({ role }) => role === "user")?.content),
    };
  } catch {
    return undefined;
  }
}

/** The whole answer as one JSON body. */
export function completionBody({ id, created, model, content, usage }: Completion): unknown {
  const choices = [{ index: 0, message: { role: "assistant", content }, logprobs: null, finish_reason: "stop" }];
  return { id, object: "chat.completion", created, model, choices, usage };
}

/** The answer of Amazon Bedrock's Converse API; Plano takes the model's name from the trace. */
export function converseBody({ model, content, usage }: Completion): unknown {
  return {
    output: { message: { role: "assistant", content: [{ text: content }] } },
    stopReason: "end_turn",
    usage: { inputTokens: usage.prompt_tokens, outputTokens: usage.completion_tokens, totalTokens: usage.total_tokens },
    trace: { promptRouter: { invokedModelId: model } },
  };
}

/** The answer as server-sent events, a word a chunk; usage comes last where `stream_options.include_usage` asks for it. */
export function* completionEvents(completion: Completion, includeUsage: boolean): Generator<string> {
  const { id, created, model, content, usage } = completion;
  const base = { id, object: "chat.completion.chunk", created, model };
  const chunk = (delta: object, finish_reason: string | null): string =>
    `data: ${JSON.stringify({ ...base, choices: [{ index: 0, delta, finish_reason }] })}\n\n`;

  yield chunk({ role: "assistant", content: "" }, null);
  for (const word of content.match(/\S+\s*/g) ?? []) yield chunk({ content: word }, null);
  yield chunk({}, "stop");
  if (includeUsage) yield `data: ${JSON.stringify({ ...base, choices: [], usage })}\n\n`;
  yield "data: [DONE]\n\n";
}
