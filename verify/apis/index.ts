/** What people choose with `--api`. */
export const apiNames = ["chat", "messages", "responses", "routing"] as const;

export type ApiName = (typeof apiNames)[number];

/** What people choose with `--turns`. `tools`: every other request of a session ends in the result of a tool. */
export const turnKinds = ["user", "tools"] as const;

/** How a gateway is asked. */
export interface Asking {
  /** Default `chat`. */
  readonly api?: ApiName;
  /** Whether answers are streamed. Default false. */
  readonly stream?: boolean;
  /** Default `user`. */
  readonly turns?: (typeof turnKinds)[number];
}

type Fields = Readonly<Record<string, unknown>>;

/** Whether a request offers tools, and whether one of them was called: then the history ends in its result. */
export type Tools = "none" | "offered" | "called";

/** One way of asking for an answer, or for a decision. */
export interface Api {
  /** Where the contract names no other. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** A request without its `model` and `stream`. The prompt is the last thing that the user says. */
  readonly body: (prompt: string, tools: Tools) => Fields;
  /** The model that an answer names; in a stream, that a part of it names. */
  readonly model: (answer: Fields) => unknown;
  /** Whether an answer says that a pin was used. */
  readonly saysPinned?: (answer: Fields) => unknown;
  /** Undefined: it has no streams. */
  readonly stream?: {
    /** The field of an event that is like an answer. Default: the event itself. */
    readonly part?: string;
    /** Types of events that a whole stream ends with; `[DONE]` is one of its own. */
    readonly ends: readonly [string, ...string[]];
  };
}

/** Keeps real models' answers short and cheap; routing looks at the user's message. */
const brevity = "Answer in one short sentence.";

const tool = { name: "search_notes", description: "Searches the user's notes." };
const parameters = { type: "object", properties: { query: { type: "string" } }, required: ["query"] };
const call = { id: "call_1", input: { query: "anything about this" }, result: "There are no notes." };
const named = { name: tool.name, arguments: JSON.stringify(call.input) };

const user = (content: unknown) => ({ role: "user", content });
const assistant = (content: unknown) => ({ role: "assistant", content });

/** Source: OpenAI's API reference, chat completions; chunks end with `[DONE]`. */
const chat: Api = {
  path: "/v1/chat/completions",
  body: (prompt, tools) => ({
    messages: [
      { role: "system", content: brevity },
      user(prompt),
      ...(tools === "called"
        ? [
            { ...assistant(null), tool_calls: [{ id: call.id, type: "function", function: named }] },
            { role: "tool", tool_call_id: call.id, content: call.result },
          ]
        : []),
    ],
    ...(tools === "none" ? {} : { tools: [{ type: "function", function: { ...tool, parameters } }] }),
  }),
  model: ({ model }) => model,
  stream: { ends: ["[DONE]"] },
};

/** Source: Anthropic's API reference, messages; the first event has the message and its model. */
const messages: Api = {
  path: "/v1/messages",
  headers: { "anthropic-version": "2023-06-01" },
  body: (prompt, tools) => ({
    max_tokens: 256,
    system: brevity,
    messages: [
      user(prompt),
      ...(tools === "called"
        ? [
            assistant([{ type: "tool_use", id: call.id, name: tool.name, input: call.input }]),
            user([{ type: "tool_result", tool_use_id: call.id, content: call.result }]),
          ]
        : []),
    ],
    ...(tools === "none" ? {} : { tools: [{ ...tool, input_schema: parameters }] }),
  }),
  model: ({ model }) => model,
  stream: { part: "message", ends: ["message_stop"] },
};

/** Source: OpenAI's API reference, responses; the first and the last event have the response and its model. */
const responses: Api = {
  path: "/v1/responses",
  body: (prompt, tools) => ({
    store: false,
    instructions: brevity,
    input: [
      user(prompt),
      ...(tools === "called"
        ? [
            { type: "function_call", call_id: call.id, ...named },
            { type: "function_call_output", call_id: call.id, output: call.result },
          ]
        : []),
    ],
    ...(tools === "none" ? {} : { tools: [{ type: "function", ...tool, parameters, strict: false }] }),
  }),
  model: ({ model }) => model,
  stream: { part: "response", ends: ["response.completed", "response.incomplete"] },
};

/** Decides, and calls no model. Source: `routing_service.rs` of Plano 0.4.27 and 0.4.36, read. */
const routing: Api = {
  path: "/routing/v1/chat/completions",
  body: chat.body,
  model: ({ models }) => (Array.isArray(models) ? (models as readonly unknown[])[0] : undefined),
  saysPinned: ({ pinned }) => pinned,
};

export const apis: Readonly<Record<ApiName, Api>> = { chat, messages, responses, routing };

/** Why traces tell nothing of decisions. Source: Plano 0.4.27 and 0.4.36, read. */
export const tracesOfRouting = "decisions (--api routing) leave the same spans, whether a pin was used or not";

/** In words, where it is not the usual way: `, api messages, streamed, turns tools`. */
export function describeAsking({ api = "chat", stream = false, turns = "user" }: Asking): string {
  const parts = [api !== "chat" && `api ${api}`, stream && "streamed", turns !== "user" && `turns ${turns}`];
  return parts.map((part) => (part === false ? "" : `, ${part}`)).join("");
}
