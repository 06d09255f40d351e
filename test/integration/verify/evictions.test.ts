import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Redis } from "ioredis";
import { startGateway, startRedis, startStub, type StartedRedis, type StartedServer } from "../../../standin/testing";
import { defaultOptions, type Report } from "../../../verify";
import { RedisInspector } from "../../../verify/redis/inspector";
import { verify } from "./report-schema";
import { checkOf, said, verifyGateways } from "./trial-gateways";

const sessions = 4;
const rounds = 3;

/** Between a client and a gateway: holds requests of sessions back until something has been done to Redis. */
class Gate implements AsyncDisposable {
  readonly #servers: Server[] = [];
  readonly #asked = new Map<string, number>();
  readonly #opened: Promise<void>;
  #open: () => void = () => undefined;
  #waiting = 0;

  /**
   * @param at `before`: all sessions' second requests wait; `after`: their last answers do
   * @param act is called once, when all of them wait
   */
  constructor(
    private readonly at: "before second" | "after last",
    private readonly act: () => Promise<void>,
  ) {
    this.#opened = new Promise((resolve) => (this.#open = resolve));
  }

  async to(url: string): Promise<string> {
    const server = createServer((request, response) => void this.#pass(url, request, response)).listen(0, "127.0.0.1");
    this.#servers.push(server);
    await once(server, "listening");
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async #pass(url: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const session = request.headers["x-model-affinity"];
    const count = typeof session === "string" ? (this.#asked.get(session) ?? 0) + 1 : 0;
    if (typeof session === "string") this.#asked.set(session, count);
    if (this.at === "before second" && count === 2) await this.#wait();
    const headers = { "content-type": "application/json", ...(typeof session === "string" && { "x-model-affinity": session }) };
    const answer = await fetch(`${url}${request.url}`, { method: "POST", headers, body: Buffer.concat(chunks) });
    const text = await answer.text();
    if (this.at === "after last" && count === rounds) await this.#wait();
    response.writeHead(answer.status, { "content-type": "application/json" }).end(text);
  }

  async #wait(): Promise<void> {
    if (++this.#waiting === sessions) void this.act().then(this.#open);
    await this.#opened;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }
}

/** Fills Redis until none of the pins is left, as other sessions would. */
async function fill(redis: Redis): Promise<void> {
  const pins = await redis.keys("plano:affinity:*");
  assert.equal(pins.length, sessions);
  for (let from = 0; (await redis.exists(...pins)) > 0; from += 1_000) {
    assert.ok(from < 200_000, "Redis evicted no pins");
    const pipeline = redis.pipeline();
    for (let n = from; n < from + 1_000; n++) pipeline.set(`plano:affinity:of-others-${n}`, "x".repeat(500), "EX", 600);
    await pipeline.exec();
  }
}

async function remove(redis: Redis): Promise<void> {
  await redis.del(...(await redis.keys("plano:affinity:*")));
}

/** Real redis-server processes with little memory, and stand-in gateways in front of them. */
describe("a Redis that evicts pins", function () {
  this.timeout(30_000);
  let small: StartedRedis;
  let stub: StartedServer;

  beforeEach(async () => (small = await startRedis({ maxMemory: "3mb" })));
  afterEach(() => small?.[Symbol.asyncDispose]());
  before(async () => (stub = await startStub()));
  after(() => stub?.[Symbol.asyncDispose]());

  async function verifyWhile(at: "before second" | "after last", act: (redis: Redis) => Promise<void>): Promise<Report> {
    const redis = new Redis(small.url);
    try {
      await using a = await startGateway({ redisUrl: small.url, stubUrl: stub.url, podName: "pod-a" });
      await using b = await startGateway({ redisUrl: small.url, stubUrl: stub.url, podName: "pod-b" });
      await using gate = new Gate(at, () => act(redis));
      const replicas = [
        { name: "a", url: await gate.to(a.url) },
        { name: "b", url: await gate.to(b.url) },
      ];
      const target = { kind: "replicas", replicas, redisUrl: small.url } as const;
      return await verify({ ...defaultOptions, target, sessions, rounds, checks: ["control", "pinning", "redis"] });
    } finally {
      redis.disconnect();
    }
  }

  const full =
    /Redis is full \(used_memory [\d.]+ MiB of maxmemory 3\.0 MiB, allkeys-lru; evicted_keys rose by \d+ during the run\)/;

  it("is named as the cause in the reason, where sessions changed their model for it", async () => {
    const report = await verifyWhile("before second", fill);
    assert.equal(report.verdict, "fail");
    assert.match(report.reason ?? "", /^pinning: .* answered .* in round 2, although .*; Redis is full /);
    assert.match(report.reason ?? "", full);
    const redis = checkOf(report, "redis");
    assert.match(redis.summary, /^key plano:affinity:\S+ was evicted and written anew: Redis is full .* \(and 3 more\)$/);
    assert.match(JSON.stringify(redis.evidence["cause"]), full);
  });

  it("is named where the pins went after the last answer", async () => {
    const report = await verifyWhile("after last", fill);
    assert.equal(checkOf(report, "pinning").verdict, "pass");
    assert.equal(report.verdict, "fail");
    assert.match(report.reason ?? "", /^redis: key plano:affinity:\S+ was evicted: Redis is full .* \(and 3 more\)$/);
  });

  it("is not blamed for pins that somebody deleted", async () => {
    const report = await verifyWhile("after last", remove);
    assert.equal(report.verdict, "fail");
    assert.match(report.reason ?? "", /^redis: key plano:affinity:\S+ does not exist \(and 3 more\)$/);
    assert.doesNotMatch(JSON.stringify(report), /evicted(?!DuringRun)|Redis is full/);
  });
});

describe("a gateway that answers before it has written the pin", function () {
  this.timeout(30_000);

  it("fails redis too", async () => {
    await using redis = await startRedis();
    await using stub = await startStub();
    const gateway = { redisUrl: redis.url, stubUrl: stub.url, fault: "late-pin-write" };
    const report = await verifyGateways({ checks: ["control", "pinning", "redis"], gateway, redisUrl: redis.url });
    // Whether the queue is done when Redis is looked into again is chance.
    assert.match(
      said(report, "redis"),
      /^fail: key plano:affinity:\S+ (?:does not exist, nor did it|did not exist) right after the first answer/,
    );
  });
});

describe("a Redis whose ACL forbids INFO", function () {
  it("tells nothing of its memory, and is read all the same", async () => {
    await using server = await startRedis();
    const redis = new Redis(server.url);
    await redis.set("k", "v");
    await redis.call("ACL", "SETUSER", "reader", "on", ">pw", "~*", "+get", "+pttl", "+time", "+ping", "+client");
    redis.disconnect();
    await using inspector = await RedisInspector.connect(server.url.replace("redis://", "redis://reader:pw@"));
    assert.equal(await inspector.memory(), undefined);
    const [look] = await inspector.look(["k"]);
    assert.equal(look?.value, "v");
  });
});
