import type { IncomingMessage, ServerResponse } from "node:http";
import { type ChatRequest, readChatRequest } from "../chat";
import { HttpError, parseJsonObject, readBody } from "../http";
import type { GatewayConfig, Model } from "./config";

/** One request and its response, with the signal that the client has gone. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly signal: AbortSignal;
}

export function exchange(request: IncomingMessage, response: ServerResponse, path: string): Exchange {
  const gone = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) gone.abort();
  });
  return { request, response, path, signal: gone.signal };
}

/**
 * Reads the chat request of an exchange and resolves its model's name.
 *
 * @throws HttpError 400 for a malformed request or a model that is not configured
 */
export async function readChat({ request }: Exchange, config: GatewayConfig): Promise<ChatRequest> {
  const chat = readChatRequest(parseJsonObject(await readBody(request)));
  return { ...chat, model: findModel(config, chat.model).name };
}

/** Finds a model by its full name or, as Plano does, by the name without its provider. */
export function findModel(config: GatewayConfig, name: string): Model {
  const model = config.models.get(name) ?? [...config.models.values()].find((each) => each.name.endsWith(`/${name}`));
  if (model === undefined) throw new HttpError(400, `model "${name}" is not among the configured model providers`);
  return model;
}
