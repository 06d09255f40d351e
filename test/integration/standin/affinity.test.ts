import assert from "node:assert/strict";
import Redis from "ioredis";
import {
  type StartedGateway,
  type StartedRedis,
  type StartedServer,
  startGateway,
  startRedis,
  startStub,
} from "../../../standin/testing";
import { ask, deep, fast, modelOf, noRoute } from "./ask";

interface Chunk {
  readonly model: string;
  readonly choices: readonly { readonly delta: { readonly content?: string } }[];
}

describe("two stand-in replicas with one Redis", function () {
  this.timeout(20_000);
  let redis: StartedRedis;
  let stub: StartedServer;
  let a: StartedGateway;
  let b: StartedGateway;
  let client: Redis;

  before(async () => {
    [redis, stub] = await Promise.all([startRedis({ password: "p#ss w/rd" }), startStub()]);
    const options = { redisUrl: redis.url, stubUrl: stub.url, ttlSeconds: 100 };
    [a, b] = await Promise.all([startGateway({ ...options, podName: "a" }), startGateway({ ...options, podName: "b" })]);
    client = new Redis(redis.url);
  });
  after(async () => {
    client?.disconnect();
    for (const started of [a, b, stub, redis]) await started?.[Symbol.asyncDispose]();
  });

  it("route by the prompt where there is no session", async () => {
    assert.equal(await modelOf(a, deep.prompt), deep.model);
    assert.equal(await modelOf(a, fast.prompt), fast.model);
    assert.deepEqual(await client.keys("*"), []);
  });

  it("honour each other's pins", async () => {
    assert.equal(await modelOf(a, deep.prompt, { session: "s1" }), deep.model);
    assert.equal(await modelOf(b, fast.prompt, { session: "s1" }), deep.model);
    assert.equal(await modelOf(b, fast.prompt, { session: "s2" }), fast.model);
    assert.equal(await modelOf(a, deep.prompt, { session: "s2" }), fast.model);
    assert.equal(await client.get("plano:affinity:s1"), '{"model_name":"openai/gpt-5.2","route_name":"deep_reasoning"}');
  });

  it("do not extend a pin's life by reading it", async () => {
    await modelOf(a, deep.prompt, { session: "ttl" });
    const written = await client.pttl("plano:affinity:ttl");
    assert.ok(written > 99_000 && written <= 100_000, `the TTL is ${written} ms`);
    await client.pexpire("plano:affinity:ttl", 50_000);
    await modelOf(b, fast.prompt, { session: "ttl" });
    await modelOf(a, fast.prompt, { session: "ttl" });
    const read = await client.pttl("plano:affinity:ttl");
    assert.ok(read <= 50_000, `the TTL is ${read} ms after two reads`);
  });

  it("pin the model that was asked for where no route fits", async () => {
    assert.equal(await modelOf(a, noRoute.prompt, { session: "none", model: "openai/gpt-5.2" }), "openai/gpt-5.2");
    assert.equal(await client.get("plano:affinity:none"), '{"model_name":"openai/gpt-5.2","route_name":null}');
    assert.equal(await modelOf(b, fast.prompt, { session: "none" }), "openai/gpt-5.2");
  });

  it("take session ids of any bytes", async () => {
    const id = "caf\u00e9 \u00ff:%*?\\ {x}";
    assert.equal(await modelOf(a, deep.prompt, { session: id }), deep.model);
    assert.equal(await modelOf(b, fast.prompt, { session: id }), deep.model);
    assert.equal(await client.exists(Buffer.from(`plano:affinity:${id}`, "latin1")), 1);
  });

  it("decide without calling the model", async () => {
    const path = "/routing/v1/chat/completions";
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const first = await ask(a, deep.prompt, { path, session: "decided", headers: { traceparent } });
    assert.deepEqual(await first.json(), {
      models: ["openai/gpt-5.2"],
      route: "deep_reasoning",
      trace_id: "0af7651916cd43dd8448eb211c80319c",
      session_id: "decided",
      pinned: false,
    });
    const second = (await (await ask(b, fast.prompt, { path, session: "decided" })).json()) as Record<string, unknown>;
    assert.equal(second["pinned"], true);
    assert.deepEqual(second["models"], ["openai/gpt-5.2"]);
    assert.equal(await modelOf(b, fast.prompt, { session: "decided" }), deep.model);
    const withoutSession = (await (await ask(a, fast.prompt, { path })).json()) as Record<string, unknown>;
    assert.equal("session_id" in withoutSession, false);
  });

  it("stream", async () => {
    const response = await ask(a, fast.prompt, { session: "s1", stream: true });
    assert.equal(response.headers.get("content-type"), "text/event-stream");
    const events = (await response.text()).trimEnd().split("\n\n");
    assert.equal(events.pop(), "data: [DONE]");
    assert.ok(events.length > 2);
    const chunks = events.map((event) => JSON.parse(event.slice("data: ".length)) as Chunk);
    assert.ok(chunks.every(({ model }) => model === deep.model));
    const text = chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("");
    assert.equal(text, "This is openai/gpt-5.2, played by the LLM stub.");
  });

  it("list their models, without the routing model", async () => {
    const { data } = (await (await fetch(`${a.url}/v1/models`)).json()) as { data: { id: string }[] };
    assert.deepEqual(
      data.map(({ id }) => id),
      ["openai/gpt-4o-mini", "openai/gpt-5.2"],
    );
  });

  it("say in health and log that they are stand-ins", async () => {
    const health = (await (await fetch(`${a.url}/healthz`)).json()) as Record<string, unknown>;
    assert.equal(health["standin"], true);
    assert.match(a.output(), /this is the plano-affinity stand-in gateway, not Plano/);
  });

  it("count hits, misses and stores", async () => {
    const count = async (outcome: string): Promise<number> => {
      const page = await (await fetch(b.metricsUrl)).text();
      return Number(new RegExp(`^brightstaff_session_cache_events_total\\{outcome="${outcome}"\\} (\\d+)$`, "m").exec(page)?.[1]);
    };
    const before = await Promise.all(["hit", "miss", "store"].map(count));
    await modelOf(b, deep.prompt, { session: "counted" });
    await modelOf(b, deep.prompt, { session: "counted" });
    await modelOf(b, deep.prompt, { session: "counted" });
    const after = await Promise.all(["hit", "miss", "store"].map(count));
    assert.deepEqual(
      after.map((value, index) => value - (before[index] ?? NaN)),
      [2, 1, 1],
    );
  });

  it("log neither prompts nor passwords", () => {
    const output = a.output() + b.output();
    assert.ok(output.includes('"event":"request"'));
    assert.ok(!output.includes("square root") && !output.includes("p#ss") && !output.includes(encodeURIComponent("p#ss w/rd")));
  });
});

describe("tenants", function () {
  this.timeout(20_000);

  it("have pins of their own", async () => {
    await using redis = await startRedis();
    await using stub = await startStub();
    await using gateway = await startGateway({ redisUrl: redis.url, stubUrl: stub.url, tenantHeader: "X-Tenant" });
    const as = (tenant: string) => ({ session: "s", headers: { "x-tenant": tenant } });
    assert.equal(await modelOf(gateway, deep.prompt, as("acme")), deep.model);
    assert.equal(await modelOf(gateway, fast.prompt, as("globex")), fast.model);
    assert.equal(await modelOf(gateway, fast.prompt, { session: "s" }), fast.model);
    assert.equal(await modelOf(gateway, fast.prompt, as("acme")), deep.model);
    const client = new Redis(redis.url);
    const keys = await client.keys("*");
    client.disconnect();
    assert.deepEqual(keys.sort(), ["plano:affinity:acme:s", "plano:affinity:globex:s", "plano:affinity:s"]);
  });
});
