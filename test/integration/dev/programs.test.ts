import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { CountingProxy } from "../../../dev/bench/counting-proxy";
import { type Command, Programs, timeInTurn, timeProcess } from "../../../dev/bench/programs";
import { startBareReplicas } from "../../../dev/bench/verifier";

/** A request as an endpoint got it. */
interface Seen {
  readonly port: number;
  /** Names as they were sent. */
  readonly headers: readonly string[];
  readonly session: string;
  readonly body: { readonly messages: readonly object[] };
}

describe("the benchmark's programs", function () {
  this.timeout(60_000);
  const { signal } = new AbortController();
  const load = { sessions: 6, rounds: 3 };
  let folder: string;
  let programs: Programs;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "plano-affinity-bench-test-"));
    programs = await Programs.compile(folder);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** Runs a command against bare endpoints and returns what they were asked within sessions. */
  async function requestsOf(command: (urls: readonly string[]) => Command): Promise<readonly Seen[]> {
    await using bare = await startBareReplicas(programs);
    const seen: Seen[] = [];
    const recorders = await Promise.all(bare.ready.map((url) => record(new URL(url).port, seen)));
    try {
      await timeProcess(command(recorders.map((it) => `http://127.0.0.1:${portOf(it)}`)), signal);
    } finally {
      for (const recorder of recorders) recorder.close().closeAllConnections();
    }
    return seen.filter(({ session }) => session !== "");
  }

  it("ask for the same: a pool as the verifier, in number, headers and form", async () => {
    const [verifier, pool] = [
      await requestsOf((urls) => programs.verifier(load, urls)),
      await requestsOf((urls) => programs.pool(load, urls)),
    ];
    assert.equal(verifier.length, 18);
    assert.deepEqual(shapeOf(pool), shapeOf(verifier));
  });

  it("ask one after another with a concurrency of 1", async () => {
    const sessions = (await requestsOf((urls) => programs.pool(load, urls, 1))).map(({ session }) => session);
    assert.equal(new Set(sessions).size, 6);
    assert.deepEqual(sessions, [...sessions].sort());
  });

  it("are timed in turn, and fail with their output", async () => {
    await using bare = await startBareReplicas(programs);
    const { pool } = await timeInTurn({ pool: programs.pool(load, bare.ready) }, 2, signal);
    assert.ok(pool.length === 2 && pool.every((seconds) => seconds > 0.02), pool.join());
    await assert.rejects(
      timeProcess(programs.pool(load, ["http://127.0.0.1:1"]), signal),
      /^Error: .*pool\.mjs .* exited with 1:\n.*ECONNREFUSED/,
    );
  });

  it("are counted by a proxy: round trips", async () => {
    await using bare = await startBareReplicas(programs);
    await using proxy = await CountingProxy.start(Number(new URL(bare.ready[0] ?? "").port));
    await timeProcess(programs.pool(load, [`http://127.0.0.1:${proxy.port}`], 2), signal);
    assert.equal(proxy.roundTrips, 18);
  });
});

/** What must be the same of two programs' requests, whatever their order, ids and prompts. */
function shapeOf(seen: readonly Seen[]): object {
  const counts = (keys: readonly (string | number)[]): number[] =>
    [...new Set(keys)].map((key) => keys.filter((other) => other === key).length).sort();
  return {
    headers: [...new Set(seen.map(({ headers }) => [...headers].sort().join()))].sort(),
    bodies: [...new Set(seen.map(({ body }) => JSON.stringify({ ...body, messages: body.messages.slice(0, -1) })))],
    perReplica: counts(seen.map(({ port }) => port)),
    perSession: counts(seen.map(({ session }) => session)),
    perSessionAndReplica: counts(seen.map(({ session, port }) => `${session} ${port}`)),
  };
}

/** Passes requests on to another endpoint, and writes them down. */
async function record(upstream: string, seen: Seen[]): Promise<Server> {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(request);
    const headers = request.rawHeaders.filter((_, i) => i % 2 === 0);
    const session = String(request.headers["x-model-affinity"] ?? "");
    seen.push({ port: portOf(server), headers, session, body: JSON.parse(body) as Seen["body"] });
    const asked = { method: "POST", headers: new Headers(session === "" ? [] : [["x-model-affinity", session]]), body };
    response.end(await (await fetch(`http://127.0.0.1:${upstream}/v1/chat/completions`, asked)).text());
  };
  const server: Server = createServer((request, response) => {
    // The client sees a broken connection.
    answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
