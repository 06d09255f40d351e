import type { IncomingMessage, ServerResponse } from "node:http";
import { type ChatRequest, readChatRequest } from "../chat";
import { HttpError, parseJsonObject, readBody } from "../http";
import type { HeldMemory } from "../request-memory";
import type { GatewayConfig, Model } from "./config";
import type { Gateway } from "./gateway";

/** How much of a model's name is quoted where nobody knows it. */
const QUOTED_LENGTH = 200;

/** One request and its response, with the signal that the client has gone. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly signal: AbortSignal;
  /** What it holds of the gateway's memory. */
  readonly held: HeldMemory;
}

export function exchange({ memory }: Gateway, request: IncomingMessage, response: ServerResponse, path: string): Exchange {
  const gone = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) gone.abort();
  });
  return { request, response, path, signal: gone.signal, held: memory.hold(response) };
}

/**
 * Reads the chat request of an exchange and resolves its model's name.
 *
 * @throws HttpError 400 for a malformed request or a model that is not configured, 413 and 503 as {@link readBody}
 */
export async function readChat({ request, held }: Exchange, config: GatewayConfig): Promise<ChatRequest> {
  const chat = readChatRequest(parseJsonObject(await readBody(request, held)));
  return { ...chat, model: findModel(config, chat.model).name };
}

/** Finds a model by its full name or, as Plano does, by the name without its provider. */
export function findModel(config: GatewayConfig, name: string): Model {
  const model = config.models.get(name) ?? [...config.models.values()].find((each) => each.name.endsWith(`/${name}`));
  if (model === undefined)
    throw new HttpError(400, `model "${name.slice(0, QUOTED_LENGTH)}" is not among the configured model providers`);
  return model;
}
