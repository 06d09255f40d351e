import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { compilePrograms } from "../../../dev/bench/programs";
import { temporaryFolder } from "../../../lib/files";
import { listening } from "../../../lib/testing/listening";
import { defaultPrompts } from "../../../verify/prompts";

/** A request as an endpoint got it. */
interface Seen {
  readonly port: number;
  /** Names as they were sent. */
  readonly headers: string;
  readonly session: string;
  /** Without the prompt. */
  readonly body: string;
}

describe("the benchmark's programs", function () {
  this.timeout(60_000);
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let bench: Awaited<ReturnType<typeof compilePrograms>>;

  before(async () => {
    folder = await temporaryFolder("plano-affinity-bench-test-");
    bench = await compilePrograms(folder.path, new AbortController().signal);
  });
  after(() => folder[Symbol.asyncDispose]());

  /** Runs a command against two endpoints that share their pins, and returns what they were asked within sessions. */
  async function requestsOf(command: (urls: readonly string[]) => readonly string[]): Promise<readonly Seen[]> {
    const seen: Seen[] = [];
    const pins = new Map<string, string>();
    await using one = await endpoint(seen, pins);
    await using other = await endpoint(seen, pins);
    await bench.time(command([one.url, other.url]));
    return seen.filter(({ session }) => session !== "");
  }

  it("ask for the same: a pool as the verifier, in number, headers and form; and one after another with a concurrency of 1", async () => {
    const verifier = await requestsOf((urls) => bench.verifier(6, urls));
    assert.equal(verifier.length, 24);
    for (const atOnce of [16, 1]) {
      const pool = await requestsOf((urls) => bench.pool(6, urls, atOnce));
      assert.deepEqual(shapeOf(pool), shapeOf(verifier));
      const sessions = pool.map(({ session }) => session);
      if (atOnce === 1) assert.deepEqual(sessions, [...sessions].sort());
    }
  });

  it("fail with their output", async () => {
    await assert.rejects(bench.time(bench.pool(6, ["http://127.0.0.1:1"], 1)), /pool\.mjs .* exited with 1:\n.*ECONNREFUSED/);
  });
});

/** What must be the same of two programs' requests, whatever their order, ids and prompts. */
function shapeOf(seen: readonly Seen[]): object {
  const counts = (keys: readonly (string | number)[]): number[] =>
    [...new Set(keys)].map((key) => keys.filter((other) => other === key).length).sort();
  return {
    headers: [...new Set(seen.map(({ headers }) => headers))].sort(),
    bodies: [...new Set(seen.map(({ body }) => body))],
    perReplica: counts(seen.map(({ port }) => port)),
    perSession: counts(seen.map(({ session }) => session)),
  };
}

function endpoint(seen: Seen[], pins: Map<string, string>) {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = JSON.parse(await text(request)) as { messages: { content: string }[] };
    const prompt = body.messages.pop()?.content ?? "";
    const session = String(request.headers["x-model-affinity"] ?? "");
    const headers = request.rawHeaders.filter((_, i) => i % 2 === 0).sort();
    seen.push({ port: request.socket.localPort ?? 0, headers: headers.join(), session, body: JSON.stringify(body) });
    const routed = ["openai/gpt-4o-mini", "openai/gpt-5.2"][defaultPrompts.indexOf(prompt) % 2] ?? "";
    const model = pins.get(session) ?? routed;
    if (session !== "") pins.set(session, model);
    response.end(JSON.stringify({ object: "chat.completion", model, choices: [] }));
  };
  return listening(createServer((request, response) => void answer(request, response)));
}
