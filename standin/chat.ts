import { HttpError } from "./http";

/** The part of an OpenAI chat completion request that the stand-in and the stub look at. */
export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly stream: boolean;
  /** All fields of the request, as received. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface ChatMessage {
  readonly role: string;
  /** The text parts, joined; empty for a message without text (a tool call, an image). */
  readonly text: string;
}

/**
 * Reads a chat completion request.
 *
 * @throws HttpError 400 naming the field that is missing or ill-typed
 */
export function readChatRequest(fields: Readonly<Record<string, unknown>>): ChatRequest {
  const { model, messages } = fields;
  if (typeof model !== "string" || model === "") throw new HttpError(400, "`model` must be a non-empty string");
  if (!Array.isArray(messages) || messages.length === 0) {
    throw new HttpError(400, "`messages` must be a non-empty list");
  }
  return { model, messages: messages.map(readMessage), stream: fields["stream"] === true, fields };
}

function readMessage(value: unknown, index: number): ChatMessage {
  const message = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  if (typeof message["role"] !== "string") throw new HttpError(400, `\`messages[${index}].role\` must be a string`);
  return { role: message["role"], text: textOf(message["content"]) };
}

/** The text of a message's `content`: a string, or the text parts of a list of parts. */
export function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content
    .map((part: unknown) => (typeof part === "object" && part !== null ? (part as Record<string, unknown>)["text"] : ""))
    .filter((text): text is string => typeof text === "string" && text !== "")
    .join("\n");
}
