import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import Redis from "ioredis";
import {
  type StartedGateway,
  type StartedRedis,
  type StartedServer,
  startGateway,
  startRedis,
  startStub,
} from "../../../standin/testing";
import { denseBody, head, malformed, request, wideBody } from "../../stacks/attacks/bad-requests";
import { Bystander } from "../../stacks/attacks/bystander";
import { chat, chatBody, newSessions, prompts } from "../../stacks/attacks/chat";
import { endlessBodies, HeldConnections, silent, slowBodies, slowHeads } from "../../stacks/attacks/held-connections";
import { assertOnly, attempt, type Outcomes, tally } from "../../stacks/attacks/raw-connection";

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

  it("bodies of one replica's clients together are refused when they hold too much, until their clients have gone", async () => {
    using bodies = slowBodies(a.url, 20, 1_000_000);
    for (const end = Date.now() + 20_000; (bodies.outcomes.get(503) ?? 0) < 16 && Date.now() < end;) await pause(50);
    assert.deepEqual(bodies.outcomes, new Map([[503, 16]]));
    await bystander.nextRound();
    const large = request(wideBody(900_000));
    const { outcome, answer } = await attempt(a.url, large);
    assert.equal(outcome, 503, answer);
    assert.match(answer, /"the memory for requests is in use; try again later","type":"server_error"/);
    bodies[Symbol.dispose]();
    await pause(200);
    assert.equal((await attempt(a.url, large)).outcome, 200, "there is room again");
  });

  it("bodies that never end are refused when they are too large", async () => {
    using bodies = endlessBodies(a.url, 8);
    assertOnly(await bodies.settled(), [413, 503]);
  });

  it("the largest bodies, ten at once, are served or refused", async () => {
    for (const body of [wideBody(1_000_000), denseBody(1_000_000)]) {
      const outcomes = await attempts(a.url, 10, request(body));
      assertOnly(outcomes, [200, 503]);
      assert.ok((outcomes.get(200) ?? 0) >= 1, "one at least was served");
    }
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
