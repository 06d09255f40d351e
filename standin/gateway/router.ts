import { buffer } from "node:stream/consumers";
import type { ChatRequest } from "../chat";
import { HttpError } from "../http";
import type { Model, Route } from "./config";
import { parseRoutingAnswer, routingPrompt } from "./routing-prompt";
import { post, type UpstreamRequest } from "./upstream";

/** Asks the routing model which route a conversation takes. */
export class Router {
  constructor(
    private readonly routes: readonly Route[],
    private readonly routingModel: Model | undefined,
  ) {}

  /**
   * @returns the route; `undefined` where none fits or none is configured
   * @throws HttpError 502 when the routing model cannot be reached, 500 when its answer is of no use
   */
  async route(chat: ChatRequest, context: Omit<UpstreamRequest, "body">): Promise<Route | undefined> {
    if (this.routingModel === undefined) return undefined;
    const body = {
      model: this.routingModel.upstreamName,
      messages: [{ role: "user", content: routingPrompt(this.routes, chat.messages) }],
      temperature: 0.01,
    };
    const response = await post(this.routingModel, { ...context, body: Buffer.from(JSON.stringify(body)) });
    const text = (await buffer(response)).toString("utf8");
    if (response.statusCode !== 200) throw unusable(`it answered with status ${response.statusCode}`);
    try {
      return parseRoutingAnswer(contentOf(text), this.routes);
    } catch {
      throw unusable("its answer is not JSON");
    }
  }
}

function contentOf(completion: string): string {
  const { choices } = JSON.parse(completion) as { choices?: { message?: { content?: string | null } }[] };
  return choices?.[0]?.message?.content ?? "";
}

const unusable = (reason: string): HttpError =>
  new HttpError(500, `the routing model could not choose a route: ${reason}`, "routing_error");
