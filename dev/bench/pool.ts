// The ceiling: sends the requests that the verifier sends for its sessions, through a pool of keep-alive connections, and
// looks at nothing but their status. With a concurrency of 1 it is the sequential program.
// Arguments: concurrency, sessions, rounds, and the URLs of the replicas.
import { randomBytes } from "node:crypto";
import http from "node:http";
import { runProgram } from "../../lib/process";
import { defaultPrompts } from "../../verify/prompts";

const [concurrency = 1, sessions = 1, rounds = 1] = process.argv.slice(2, 5).map(Number);
const replicas = process.argv.slice(5).map((url) => new URL("/v1/chat/completions", url));
const agent = new http.Agent({ keepAlive: true, maxSockets: concurrency, scheduling: "lifo" });
const prefix = `${randomBytes(4).toString("hex")}-`;
const trace = randomBytes(8).toString("hex");
let requests = 0;

function ask(session: number, round: number): Promise<void> {
  const { hostname, port, pathname } = replicas[(session + round) % replicas.length] as URL;
  const body = JSON.stringify({
    model: "openai/gpt-4o-mini",
    messages: [
      { role: "system", content: "Answer in one short sentence." },
      { role: "user", content: defaultPrompts[(session + round) % defaultPrompts.length] },
    ],
  });
  const span = (++requests).toString(16).padStart(16, "0");
  const headers = {
    traceparent: `00-${trace}${span}-${span}-01`,
    [round % 2 === 0 ? "X-Model-Affinity" : "x-model-affinity"]: `${prefix}${session}`,
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
  };
  return new Promise((resolve, reject) => {
    const request = http.request({ hostname, port, path: pathname, method: "POST", agent, headers }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`HTTP ${response.statusCode}`));
      response.resume().once("end", resolve).once("error", reject);
    });
    request.once("error", reject);
    request.end(body);
  });
}

let next = 0;
async function worker(): Promise<void> {
  while (next < sessions) {
    const session = next++;
    for (let round = 0; round < rounds; round++) await ask(session, round);
  }
}

void runProgram(() => Promise.all(Array.from({ length: concurrency }, worker)).then(() => 0));
