// Two endpoints that answer at once and share their pins, so that what is timed is the client and not a gateway. Prints
// their URLs as a JSON array. Ends with its parent.
import http from "node:http";
import type { AddressInfo } from "node:net";
import { defaultPrompts } from "../../verify/prompts";

const models = ["openai/gpt-4o-mini", "openai/gpt-5.2"];
const pins = new Map<string, string>();

function answer(request: http.IncomingMessage, body: string): string {
  const { messages } = JSON.parse(body) as { messages: { content: string }[] };
  const routed = models[defaultPrompts.indexOf(messages.at(-1)?.content ?? "") % models.length] ?? "";
  const session = request.headers["x-model-affinity"];
  if (typeof session !== "string") return routed;
  const pinned = pins.get(session);
  if (pinned === undefined) pins.set(session, routed);
  return pinned ?? routed;
}

async function start(): Promise<string> {
  const server = http.createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
    request.once("end", () => {
      const text = JSON.stringify({ object: "chat.completion", model: answer(request, body), choices: [] });
      response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
      response.end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

void Promise.all([start(), start()]).then((urls) => process.stdout.write(`${JSON.stringify(urls)}\n`));
