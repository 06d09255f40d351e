import { randomUUID } from "node:crypto";
import { type ChatRequest, type ModelApi, textOf, tokensOf } from "../chat";
import { chooseRoute } from "./classify";

/** Plano's routing model, as it is asked for with and without its provider's prefix. */
const ROUTING_MODEL = /^(plano\/)?Plano-Orchestrator$/;

/** What is answered, in no API's form yet; `model` is the one that was asked for, letter for letter. */
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

/** How an API answers, as one JSON body and as server-sent events, a word a chunk. */
export interface AnswerForm {
  readonly body: (completion: Completion) => object;
  readonly events: (completion: Completion, includeUsage: boolean) => Iterable<string>;
}

const wordsOf = ({ content }: Completion): readonly string[] => content.match(/\S+\s*/g) ?? [];

/** An event with its type as its name. */
const eventOf = (type: string, fields: object): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;

/** OpenAI's chat completions. */
const chat: AnswerForm = {
  body({ id, created, model, content, usage }) {
    const choices = [{ index: 0, message: { role: "assistant", content }, logprobs: null, finish_reason: "stop" }];
    return { id, object: "chat.completion", created, model, choices, usage };
  },
  /** Usage comes last where `stream_options.include_usage` asks for it. */
  *events(completion, includeUsage) {
    const { id, created, model, usage } = completion;
    const base = { id, object: "chat.completion.chunk", created, model };
    const chunk = (delta: object, finish_reason: string | null): string =>
      `data: ${JSON.stringify({ ...base, choices: [{ index: 0, delta, finish_reason }] })}\n\n`;

    yield chunk({ role: "assistant", content: "" }, null);
    for (const word of wordsOf(completion)) yield chunk({ content: word }, null);
    yield chunk({}, "stop");
    if (includeUsage) yield `data: ${JSON.stringify({ ...base, choices: [], usage })}\n\n`;
    yield "data: [DONE]\n\n";
  },
};

/** Anthropic's messages. */
const messages: AnswerForm = {
  body({ id, model, content, usage }) {
    const tokens = { input_tokens: usage.prompt_tokens, output_tokens: usage.completion_tokens };
    const message = { id, type: "message", role: "assistant", model, content: [{ type: "text", text: content }] };
    return { ...message, stop_reason: "end_turn", stop_sequence: null, usage: tokens };
  },
  *events(completion) {
    const message = { ...messages.body(completion), content: [], stop_reason: null };
    yield eventOf("message_start", { message });
    yield eventOf("content_block_start", { index: 0, content_block: { type: "text", text: "" } });
    for (const text of wordsOf(completion))
      yield eventOf("content_block_delta", { index: 0, delta: { type: "text_delta", text } });
    yield eventOf("content_block_stop", { index: 0 });
    const usage = { output_tokens: completion.usage.completion_tokens };
    yield eventOf("message_delta", { delta: { stop_reason: "end_turn", stop_sequence: null }, usage });
    yield eventOf("message_stop", {});
  },
};

/** OpenAI's responses, with all fields that Plano 0.4.27 wants to see in one. */
const responses: AnswerForm = {
  body({ id, created: created_at, model, content, usage }) {
    const text = { type: "output_text", text: content, annotations: [] };
    const output = [{ id: `msg-${id}`, type: "message", status: "completed", role: "assistant", content: [text] }];
    const settings = { parallel_tool_calls: true, tools: [], tool_choice: "auto", temperature: 1, top_p: 1, metadata: {} };
    const { prompt_tokens: input_tokens, completion_tokens: output_tokens, total_tokens } = usage;
    const tokens = { input_tokens, output_tokens, total_tokens };
    return { id, object: "response", created_at, status: "completed", model, output, ...settings, usage: tokens };
  },
  *events(completion) {
    let sequence_number = 0;
    const event = (type: string, fields: object): string => eventOf(type, { sequence_number: sequence_number++, ...fields });
    const response = responses.body(completion);
    const place = { item_id: `msg-${completion.id}`, output_index: 0, content_index: 0, logprobs: [] };
    yield event("response.created", { response: { ...response, status: "in_progress", output: [], usage: null } });
    for (const delta of wordsOf(completion)) yield event("response.output_text.delta", { ...place, delta });
    yield event("response.completed", { response });
  },
};

export const answerForms: Readonly<Record<ModelApi, AnswerForm>> = { "chat/completions": chat, messages, responses };

/** The answer of Amazon Bedrock's Converse API; Plano takes the model's name from the trace. */
export function converseBody({ model, content, usage }: Completion): unknown {
  return {
    output: { message: { role: "assistant", content: [{ text: content }] } },
    stopReason: "end_turn",
    usage: { inputTokens: usage.prompt_tokens, outputTokens: usage.completion_tokens, totalTokens: usage.total_tokens },
    trace: { promptRouter: { invokedModelId: model } },
  };
}
