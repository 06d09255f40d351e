import { randomUUID } from "node:crypto";
import { type ChatRequest, tokensOf } from "../chat";
import { chooseRoute } from "./classify";
import { parseRoutingPrompt } from "./routing-prompt";

/** Plano's routing model, as it is asked for with and without its provider's prefix. */
const ROUTING_MODEL = /^(plano\/)?Plano-Orchestrator$/;

/** A chat completion in OpenAI's form; `model` is the one that was asked for, letter for letter. */
export interface Completion {
  readonly id: string;
  readonly created: number;
  readonly model: string;
  readonly content: string;
  readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number; readonly total_tokens: number };
}

/** Answers a request: as the routing model when that one is asked for, else as a model with nothing to say. */
export function complete({ model, messages }: ChatRequest): Completion {
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

/** The whole answer as one JSON body. */
export function completionBody({ id, created, model, content, usage }: Completion): unknown {
  const choices = [{ index: 0, message: { role: "assistant", content }, logprobs: null, finish_reason: "stop" }];
  return { id, object: "chat.completion", created, model, choices, usage };
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
