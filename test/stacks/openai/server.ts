import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import { text } from "node:stream/consumers";
import { listening } from "../../../lib/testing/listening";
import { readChatRequest } from "../../../standin/chat";
import { answerForms, complete } from "../../../standin/stub/completion";

/** What the server makes of requests with the right key: as usual, an error, or half an answer. */
export type Mood = "well" | "limited" | "out of order" | "overloaded" | "cut short";

/** A request, as it came. */
export interface Seen {
  readonly host: string;
  readonly authorization: string | undefined;
  /** Everything else of it: address, other headers, body. */
  readonly rest: string;
}

/** OpenAI's names of models, and those that its answers have. */
const dated: Readonly<Record<string, string>> = {
  "gpt-4o-mini": "gpt-4o-mini-2024-07-18",
  "gpt-5.2": "gpt-5.2-2025-12-11",
};

const failures = {
  limited: [429, "Rate limit reached for gpt-4o-mini in organization org-x on requests per min (RPM): Limit 3.", "requests"],
  "out of order": [500, "The server had an error while processing your request. Sorry about that!", "server_error"],
  overloaded: [503, "The engine is currently overloaded, please try again later", "server_error"],
} as const;

/**
 * A server in this process that answers as api.openai.com does: dated names of models, errors in its form, streams; and as
 * Plano's hosted routing service, which is another host.
 */
export class OpenAiServer implements AsyncDisposable {
  readonly seen: Seen[] = [];
  mood: Mood = "well";
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  #listening: AsyncDisposable | undefined;

  /** @param key the one that is right */
  constructor(private readonly key: string) {}

  async listen(host: string, port: number): Promise<void> {
    // Clients that do not trust it.
    this.#server.on("tlsClientError", () => undefined);
    this.#listening = await listening(this.#server, port, host);
  }

  /** Shows a certificate from now on. */
  show(certificate: { readonly key: string; readonly cert: string }): void {
    this.#server.setSecureContext(certificate);
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { authorization, host = "", ...others } = request.headers;
    const body = await text(request);
    this.seen.push({ host, authorization, rest: JSON.stringify([request.method, request.url, others, body]) });
    const send = (status: number, content: unknown, headers = {}) =>
      void response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(content));
    const refuse = (status: number, message: string, type: string, code: string | null = null, headers = {}) =>
      send(status, { error: { message, type, param: null, code } }, headers);
    const isOpenAi = host.startsWith("api.openai.com");
    if (isOpenAi && authorization !== `Bearer ${this.key}`) {
      const given = authorization?.replace("Bearer ", "") ?? "";
      const masked = `${given.slice(0, 8)}${"*".repeat(20)}${given.slice(-4)}`;
      const where = "You can find your API key at https://platform.openai.com/account/api-keys.";
      return refuse(401, `Incorrect API key provided: ${masked}. ${where}`, "invalid_request_error", "invalid_api_key");
    }
    const chat = readChatRequest(JSON.parse(body) as Record<string, unknown>);
    const model = isOpenAi ? dated[chat.model] : chat.model;
    if (request.url !== "/v1/chat/completions" || model === undefined)
      return refuse(404, `The model \`${chat.model}\` does not exist`, "invalid_request_error", "model_not_found");
    const { mood } = this;
    if (isOpenAi && mood !== "well" && mood !== "cut short") {
      const [status, message, type] = failures[mood];
      const headers = mood === "limited" ? { "retry-after": "1", "x-ratelimit-remaining-requests": "0" } : {};
      return refuse(status, message, type, mood === "limited" ? "rate_limit_exceeded" : null, headers);
    }
    const completion = { ...complete(chat), model };
    const isStream = chat.fields["stream"] === true;
    const form = answerForms["chat/completions"];
    const parts = isStream ? [...form.events(completion, true)] : [JSON.stringify(form.body(completion))];
    response.writeHead(200, { "content-type": isStream ? "text/event-stream; charset=utf-8" : "application/json" });
    if (!isOpenAi || mood === "well") return void response.end(parts.join(""));
    // What was written is on its way before the connection goes.
    const whole = parts.join("");
    response.write(whole.slice(0, whole.length / 2), () => response.socket?.destroy());
    await once(response, "close");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listening?.[Symbol.asyncDispose]();
  }
}
