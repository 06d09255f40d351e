import { HttpError } from "./http-error";

/** The APIs that models are asked by, named by the end of their paths. */
export type ModelApi = "chat/completions" | "messages" | "responses";

/** Where each has the conversation, and what the system says apart from it. */
const places: { readonly [api in ModelApi]: { readonly list: string; readonly system?: string } } = {
  "chat/completions": { list: "messages" },
  messages: { list: "messages", system: "system" },
  responses: { list: "input", system: "instructions" },
};

/** The part of a request that the stand-in and the stub look at, whichever API it is of. */
export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  /** All fields of the request, as received. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface ChatMessage {
  readonly role: string;
  /** The text parts, joined; empty for a message without text (a tool call and its result, an image). */
  readonly text: string;
}

/** @throws HttpError 400 with the field that is missing or has the wrong type */
export function readChatRequest(fields: ChatRequest["fields"], api: ModelApi = "chat/completions"): ChatRequest {
  const { model } = fields;
  const { list, system = "" } = places[api];
  if (typeof model !== "string" || model === "") throw new HttpError(400, "`model` must be a non-empty string");
  const given = fields[list];
  const items: unknown = api === "responses" && typeof given === "string" ? [{ role: "user", content: given }] : given;
  if (!Array.isArray(items) || items.length === 0) throw new HttpError(400, `\`${list}\` must be a non-empty list`);
  const instructions = textOf(fields[system]);
  const before = instructions === "" ? [] : [{ role: "system", text: instructions }];
  return { model, messages: [...before, ...items.map((item, i) => readMessage(item, `${list}[${i}]`, api))], fields };
}

function readMessage(value: unknown, place: string, api: ModelApi): ChatMessage {
  const { role, content, type } = (value ?? {}) as Record<string, unknown>;
  if (typeof role === "string") return { role, text: textOf(content) };
  // Beside messages, its input has items of other kinds, such as a tool's result.
  if (api === "responses" && typeof type === "string") return { role: "tool", text: "" };
  throw new HttpError(400, `\`${place}.role\` must be a string`);
}

/** The text of a message's `content`: a string, or the text parts of a list of parts. */
export function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content
    .map((part: { readonly text?: unknown } | null) => part?.text)
    .filter((text): text is string => typeof text === "string" && text !== "")
    .join("\n");
}

/** A rough count of tokens: four characters each. */
export const tokensOf = (messages: readonly ChatMessage[]): number =>
  Math.ceil(messages.reduce((sum, { text }) => sum + text.length, 0) / 4);
