// The ceiling: sends the requests that the verifier sends for its sessions, through a pool of keep-alive connections, and
// looks at nothing but their status. With a concurrency of 1 it is the sequential program.
// Arguments: concurrency, sessions, rounds, and the URLs of the replicas.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import { runProgram } from "../../lib/process";
import { forEachConcurrently } from "../../verify/common/pool";
import { defaultPrompts } from "../../verify/prompts";

const [concurrency = 1, sessions = 1, rounds = 1] = process.argv.slice(2, 5).map(Number);
const urls = process.argv.slice(5).map((url) => new URL("/v1/chat/completions", url));
const agent = new http.Agent({ keepAlive: true, maxSockets: concurrency, scheduling: "lifo" });
const prefix = `${randomBytes(4).toString("hex")}-`;
const trace = randomBytes(8).toString("hex");
let requests = 0;

async function ask(session: number, round: number): Promise<void> {
  const user = { role: "user", content: defaultPrompts[(session + round) % defaultPrompts.length] };
  const messages = [{ role: "system", content: "Answer in one short sentence." }, user];
  const body = JSON.stringify({ model: "openai/gpt-4o-mini", messages });
  const span = (++requests).toString(16).padStart(16, "0");
  const headers = {
    traceparent: `00-${trace}${span}-${span}-01`,
    [round % 2 === 0 ? "X-Model-Affinity" : "x-model-affinity"]: `${prefix}${session}`,
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
  };
  const url = urls[(session + round) % urls.length] as URL;
  const request = http.request(url, { method: "POST", agent, headers }).end(body);
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  if (response.statusCode !== 200) throw new Error(`HTTP ${response.statusCode}`);
  await once(response.resume(), "end");
}

async function askAll(session: number): Promise<void> {
  for (let round = 0; round < rounds; round++) await ask(session, round);
}

void runProgram(async () => {
  await forEachConcurrently([...Array(sessions).keys()], concurrency, new AbortController().signal, askAll);
  return 0;
});
