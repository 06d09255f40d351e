import type { StartedGateway } from "../../../standin/testing";

/** The model that the stub's routing sends these to, and their route. */
export const deep = { prompt: "Prove that the square root of 2 is irrational.", model: "openai/gpt-5.2" };
export const fast = { prompt: "What is the capital of France?", model: "openai/gpt-4o-mini" };
export const noRoute = { prompt: "Hello" };

export interface AskOptions {
  readonly session?: string;
  readonly model?: string;
  readonly path?: string;
  readonly stream?: true;
  readonly headers?: Readonly<Record<string, string>>;
  /** What the user said first. */
  readonly first?: string;
}

/** Posts one chat completion. */
export function ask(gateway: StartedGateway, prompt: string, options: AskOptions = {}): Promise<Response> {
  const { session, model = "openai/gpt-4o-mini", path = "/v1/chat/completions", stream, headers = {}, first } = options;
  const messages = [first, prompt].flatMap((content) => (content === undefined ? [] : [{ role: "user", content }]));
  return fetch(gateway.url + path, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(session === undefined ? {} : { "X-Model-Affinity": session }),
      ...headers,
    },
    body: JSON.stringify({ model, stream, messages }),
  });
}

/** The model that answers. @throws Error with the body when the request is refused */
export async function modelOf(gateway: StartedGateway, prompt: string, options: AskOptions = {}): Promise<string> {
  const response = await ask(gateway, prompt, options);
  const body = await response.text();
  if (!response.ok) throw new Error(`${gateway.podName} answered ${response.status}: ${body}`);
  return (JSON.parse(body) as { model: string }).model;
}

/** The message of an OpenAI error body. */
export async function errorOf(response: Response): Promise<string> {
  const { error } = (await response.json()) as { error: { message: string; type: string } };
  return error.message;
}
