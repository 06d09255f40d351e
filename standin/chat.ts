import { HttpError } from "./http-error";

/** The part of an OpenAI chat completion request that the stand-in and the stub look at. */
export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  /** All fields of the request, as received. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface ChatMessage {
  readonly role: string;
  /** The text parts, joined; empty for a message without text (a tool call, an image). */
  readonly text: string;
}

/** @throws HttpError 400 with the field that is missing or has the wrong type */
export function readChatRequest(fields: Readonly<Record<string, unknown>>): ChatRequest {
  const { model, messages } = fields;
  if (typeof model !== "string" || model === "") throw new HttpError(400, "`model` must be a non-empty string");
  if (!Array.isArray(messages) || messages.length === 0) throw new HttpError(400, "`messages` must be a non-empty list");
  return { model, messages: messages.map(readMessage), fields };
}

function readMessage(value: unknown, index: number): ChatMessage {
  const { role, content } = (value ?? {}) as Record<string, unknown>;
  if (typeof role !== "string") throw new HttpError(400, `\`messages[${index}].role\` must be a string`);
  return { role, text: textOf(content) };
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
