import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import Redis from "ioredis";
import { connectRedis, RedisPinStore } from "../../standin/gateway/redis-pin-store";
import { jsonLog } from "../../standin/log";
import {
  type StartedGateway,
  type StartedRedis,
  type StartedServer,
  startGateway,
  startRedis,
  startStub,
} from "../../standin/testing";
import { denseBody, head, malformed, request, wideBody } from "../stacks/attacks/bad-requests";
import { Bystander } from "../stacks/attacks/bystander";
import { chat, chatBody, newSessions, prompts } from "../stacks/attacks/chat";
import { endlessBodies, HeldConnections, silent, slowBodies, slowHeads, tinyChunks } from "../stacks/attacks/held-connections";
import { assertOnly, attempt, type Outcomes, tally } from "../stacks/attacks/raw-connection";

/** What the stand-in's container may take, of components/plano/plano-pod.ts. */
const CONTAINER_MIB = 256;

/** The heap that Node gives itself in a container of 256 MiB; on this machine it would take more and collect later. */
const env = { NODE_OPTIONS: "--max-old-space-size=128 --max-semi-space-size=1" };

describe("bad traffic to two stand-in replicas with one Redis", function () {
  this.timeout(120_000);
  let redis: StartedRedis;
  let stub: StartedServer;
  let a: StartedGateway;
  let b: StartedGateway;
  let replicas: readonly StartedGateway[];
  let bystander: Bystander;
  let client: Redis;
  let sessions = 0;

  before(async () => {
    [redis, stub] = await Promise.all([startRedis({ maxMemory: "256mb" }), startStub(env)]);
    // Nobody takes the spans: they must not pile up either.
    const options = { redisUrl: redis.url, stubUrl: stub.url, otlpUrl: "http://127.0.0.1:9", env };
    [a, b] = await Promise.all([startGateway({ ...options, podName: "a" }), startGateway({ ...options, podName: "b" })]);
    replicas = [a, b];
    client = new Redis(redis.url);
    bystander = await Bystander.start(
      replicas.map(({ url }) => url),
      "bystander-",
    );
  });
  after(async () => {
    await bystander?.[Symbol.asyncDispose]();
    client?.disconnect();
    for (const started of [...(replicas ?? []), stub, redis]) await started?.[Symbol.asyncDispose]();
  });

  beforeEach(async () => {
    // 5: the peak is that of now.
    for (const { pid } of [...replicas, stub]) await writeFile(`/proc/${pid}/clear_refs`, "5");
  });
  afterEach(async function () {
    await assertUnharmed(String(this.currentTest?.title));
  });

  /** That a bystander's pins held all the time, new sessions work, and no process was replaced or grew too large. */
  async function assertUnharmed(after: string): Promise<void> {
    await bystander.nextRound();
    assert.deepEqual(bystander.failures, [], `the bystander's requests during and after ${after}`);
    const fresh = `new-${++sessions}`;
    assert.equal(await chat(a.url, prompts.deep, fresh), "openai/gpt-5.2", `a new session after ${after}`);
    assert.equal(await chat(b.url, prompts.fast, fresh), "openai/gpt-5.2", `a new session after ${after}, at the other`);
    for (const { podName, pid } of [...replicas, { podName: "stub", pid: stub.pid }]) {
      const peak = await peakMiB(pid);
      assert.ok(peak < CONTAINER_MIB, `${podName} took ${peak.toFixed(0)} MiB of ${CONTAINER_MIB} in ${after}`);
    }
  }

  /** As many requests at once. */
  const attempts = async (url: string, count: number, bytes: string): Promise<Outcomes> =>
    tally(await Promise.all(Array.from({ length: count }, async () => (await attempt(url, bytes)).outcome)));

  /** Rejects once the process is gone. */
  async function peakMiB(pid: number): Promise<number> {
    const status = await readFile(`/proc/${pid}/status`, "utf8");
    const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? [];
    assert.ok(kib !== undefined, `process ${pid} has ended:\n${replicas.map((each) => each.output().slice(-2_000)).join("\n")}`);
    return Number(kib) / 1024;
  }

  for (const { what, bytes, right } of malformed) {
    it(`${what} is refused`, async () => {
      for (const { url, podName } of replicas) {
        const { outcome, answer } = await attempt(url, bytes);
        assert.ok(right.includes(outcome), `${podName} answered ${outcome}: ${answer.slice(0, 200)}`);
      }
      assert.deepEqual(await client.keys("plano:affinity:s*"), [], "no session was made of it");
    });
  }

  it("a session id that fits into the header is a session like any other", async () => {
    const id = "l".repeat(15_000);
    assert.equal(await chat(a.url, prompts.deep, id), "openai/gpt-5.2");
    assert.equal(await chat(b.url, prompts.fast, id), "openai/gpt-5.2");
    assert.equal(await client.exists(`plano:affinity:${id}`), 1);
  });

  it("of a session id given twice the first counts", async () => {
    const twice = ["first", "second"].map((id) => `x-model-affinity: ${id}`);
    const { outcome, answer } = await attempt(a.url, request(chatBody(prompts.deep), twice));
    assert.equal(outcome, 200, answer);
    assert.equal(await chat(b.url, prompts.fast, "first"), "openai/gpt-5.2");
    assert.equal(await client.exists("plano:affinity:second", "plano:affinity:first, second"), 0);
  });

  it("heads, bodies and connections that do not come to an end are cut off, and shut nobody out meanwhile", async () => {
    using heads = slowHeads(a.url, 200);
    using bodies = slowBodies(a.url, 200, 4_000);
    using quiet = silent(b.url, 200);
    using half = new HeldConnections(b.url, 100, head());
    half.halfClose();
    const began = Date.now();
    assert.deepEqual(await half.settled(), tally(Array(100).fill(400)), "a head whose sender closes its half");
    assert.deepEqual(await heads.settled(), tally(Array(200).fill(408)), "slow heads");
    const afterHeads = Date.now() - began;
    assert.ok(afterHeads > 10_000 && afterHeads < 25_000, `the slow heads were cut off after ${afterHeads} ms`);
    assert.deepEqual(await quiet.settled(), tally(Array(200).fill(408)), "silent connections");
    assert.deepEqual(await bodies.settled(), tally(Array(200).fill(408)), "slow bodies");
  });

  it("3,000 connections that say nothing make room for others", async () => {
    const began = Date.now();
    using quiet = silent(a.url, 3_000);
    await bystander.nextRound();
    const closed = (): number => quiet.outcomes.get("closed") ?? 0;
    for (const end = began + 10_000; closed() < 3_000 - 1_024 && Date.now() < end;) await pause(50);
    assert.ok(closed() >= 3_000 - 1_024, `${closed()} of 3,000 were closed`);
    assert.equal((await fetch(`${a.url}/healthz`)).status, 200);
  });

  it("large bodies that come slowly, many at once, are refused for want of memory", async () => {
    using bodies = slowBodies(a.url, 60, 9_000_000);
    await bystander.nextRound();
    for (const end = Date.now() + 20_000; (bodies.outcomes.get(503) ?? 0) < 45 && Date.now() < end;) await pause(50);
    const refused = bodies.outcomes.get(503) ?? 0;
    assert.ok(refused >= 45, `${refused} of 60 were refused`);
    const { outcome, answer } = await attempt(a.url, request(wideBody(1_000_000)));
    assert.equal(outcome, 503, answer);
    assert.match(
      answer,
      /\r\nretry-after: 1\r\n[^]*"the gateway's memory for requests is in use; try again later","type":"server_error"/,
    );
    bodies[Symbol.dispose]();
    await pause(200);
    assert.equal((await attempt(a.url, request(wideBody(1_000_000)))).outcome, 200, "there is room again");
  });

  it("bodies that never end are refused when they are too large", async () => {
    using bodies = endlessBodies(a.url, 8);
    assertOnly(await bodies.settled(), [413, 503]);
  });

  it("bodies of single bytes take no more memory than others", async () => {
    using bodies = tinyChunks(a.url, 100, 16_000);
    await pause(3_000);
    await bystander.nextRound();
    assert.equal(bodies.open, 100, "they are waited for");
  });

  it("bodies of far more values than bytes suggest are refused before they are parsed", async () => {
    const { outcome, answer } = await attempt(a.url, request(denseBody(10_000_000)));
    assert.equal(outcome, 413, answer);
    assert.match(answer, /has more values than the gateway has memory for/);
    assertOnly(await attempts(a.url, 400, request(denseBody(15_000))), [200, 503]);
  });

  it("the largest bodies, ten at once, are served or refused", async () => {
    const body = request(wideBody(10_000_000));
    const outcomes = await attempts(a.url, 10, body);
    assertOnly(outcomes, [200, 503]);
    assert.ok((outcomes.get(200) ?? 0) >= 1, "one at least was served");
  });

  it("5,000 new sessions with ids of 15,000 characters do not fill the memory, whoever takes their spans", async () => {
    const prefix = "l".repeat(15_000);
    assert.deepEqual(await newSessions(a.url, prefix, 5_000, 100), new Map([[200, 5_000]]));
    assert.equal(await chat(b.url, prompts.deep, `${prefix}4999`), "openai/gpt-4o-mini");
  });

  it("10,000 new sessions as quickly as may be are pinned or refused, and evict nobody", async () => {
    const evicted = async (): Promise<string | undefined> => /evicted_keys:(\d+)/.exec(await client.info("stats"))?.[1];
    const keysBefore = await client.dbsize();
    const outcomes = await newSessions(a.url, "burst-", 10_000, 400);
    const answered = outcomes.get(200) ?? 0;
    assertOnly(outcomes, [200, 503]);
    assert.ok(answered > 9_000, `${answered} were answered`);
    assert.ok((await client.dbsize()) >= keysBefore + answered, "each that was answered has a pin");
    for (let index = 0; index < 10_000; index += 500) {
      assert.equal(await chat(b.url, prompts.deep, `burst-${index}`), "openai/gpt-4o-mini", `burst-${index}`);
    }
    assert.equal(await evicted(), "0");
  });
});

describe("a process that is kept busy for longer than Redis may take", function () {
  this.timeout(20_000);

  it("finds a pin all the same when the answer has come meanwhile, and gives up one that has not", async () => {
    await using redis = await startRedis();
    const lines: string[] = [];
    const log = jsonLog("test", (line) => lines.push(line));
    const connection = await connectRedis(redis.url, log);
    try {
      const store = new RedisPinStore(connection, log, 200);
      await store.put("pin", "kept", 60);
      const answer = store.get("pin");
      await new Promise((sent) => setImmediate(sent));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
      assert.equal(await answer, "kept");
      assert.deepEqual(lines, []);

      await connection.client("PAUSE", 1_000);
      assert.equal(await store.get("pin"), undefined, "Redis is silent");
      assert.match(lines.join(""), /"redis_command_failed","command":"GET","reason":"no answer within 200 ms"/);
    } finally {
      connection.disconnect();
    }
  });
});
