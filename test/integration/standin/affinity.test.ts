import assert from "node:assert/strict";
import Redis from "ioredis";
import { randomBytes } from "node:crypto";
import { startCollector, startGateway } from "../../../standin/testing";
import type { CollectedSpan } from "../../../standin/testing/otlp-spans";
import { twoGateways } from "../verify/trial-gateways";
import { ask, deep, fast, modelOf, noRoute } from "./ask";

describe("two stand-in replicas with one Redis", () => {
  let client: Redis;
  after(() => client?.disconnect());
  const shared = twoGateways({ password: "p#ss w/rd" });
  before(() => void (client = new Redis(shared.redis.url)));

  it("honour each other's pins", async () => {
    assert.equal(await modelOf(shared.a, deep.prompt, { session: "s1" }), deep.model);
    assert.equal(await modelOf(shared.b, fast.prompt, { session: "s1" }), deep.model);
    assert.equal(await modelOf(shared.b, fast.prompt, { session: "s2" }), fast.model);
    assert.equal(await modelOf(shared.a, deep.prompt, { session: "s2" }), fast.model);
    assert.equal(await client.get("plano:affinity:s1"), '{"model_name":"openai/gpt-5.2","route_name":"deep_reasoning"}');
  });

  it("pin the model that was asked for where no route fits", async () => {
    assert.equal(await modelOf(shared.a, noRoute.prompt, { session: "none", model: "openai/gpt-5.2" }), "openai/gpt-5.2");
    assert.equal(await client.get("plano:affinity:none"), '{"model_name":"openai/gpt-5.2","route_name":null}');
    assert.equal(await modelOf(shared.b, fast.prompt, { session: "none" }), "openai/gpt-5.2");
  });

  it("take session ids of any bytes", async () => {
    const id = "caf\u00e9 \u00ff:%*?\\ {x}";
    assert.equal(await modelOf(shared.a, deep.prompt, { session: id }), deep.model);
    assert.equal(await modelOf(shared.b, fast.prompt, { session: id }), deep.model);
    assert.equal(await client.exists(Buffer.from(`plano:affinity:${id}`, "latin1")), 1);
  });

  it("decide without calling the model", async () => {
    const path = "/routing/v1/chat/completions";
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const first = await ask(shared.a, deep.prompt, { path, session: "decided", headers: { traceparent } });
    assert.deepEqual(await first.json(), {
      models: ["openai/gpt-5.2"],
      route: "deep_reasoning",
      trace_id: "0af7651916cd43dd8448eb211c80319c",
      session_id: "decided",
      pinned: false,
    });
    const second = (await (await ask(shared.b, fast.prompt, { path, session: "decided" })).json()) as Record<string, unknown>;
    assert.equal(second["pinned"], true);
    assert.deepEqual(second["models"], ["openai/gpt-5.2"]);
    assert.equal(await modelOf(shared.b, fast.prompt, { session: "decided" }), deep.model);
    const withoutSession = (await (await ask(shared.a, fast.prompt, { path })).json()) as Record<string, unknown>;
    assert.equal("session_id" in withoutSession, false);
    const isOfTrace = (span: CollectedSpan) => span.traceId === traceparent.split("-")[1];
    await shared.collector.waitFor("the decision", (span) => isOfTrace(span) && span.name === "routing_decision");
    assert.equal(shared.collector.spans.filter(isOfTrace).length, 1);
  });

  it("stream", async () => {
    const response = await ask(shared.a, fast.prompt, { stream: true });
    assert.equal(response.headers.get("content-type"), "text/event-stream");
    assert.match(await response.text(), /data: \[DONE\]\n\n$/);
  });

  it("list their models, without the routing model", async () => {
    const { data } = (await (await fetch(`${shared.a.url}/v1/models`)).json()) as { data: { id: string }[] };
    assert.deepEqual(
      data.map(({ id }) => id),
      ["openai/gpt-4o-mini", "openai/gpt-5.2"],
    );
  });

  it("say in health and log that they are stand-ins", async () => {
    const health = (await (await fetch(`${shared.a.url}/healthz`)).json()) as Record<string, unknown>;
    assert.equal(health["standin"], true);
    assert.match(shared.a.output(), /this is the plano-affinity stand-in gateway, not Plano/);
  });

  it("count hits, misses and stores", async () => {
    const count = async (outcome: string): Promise<number> => {
      const page = await (await fetch(shared.b.metricsUrl)).text();
      return Number(new RegExp(`^brightstaff_session_cache_events_total\\{outcome="${outcome}"\\} (\\d+)$`, "m").exec(page)?.[1]);
    };
    const before = await Promise.all(["hit", "miss", "store"].map(count));
    for (let i = 0; i < 3; i++) await modelOf(shared.b, deep.prompt, { session: "counted" });
    const after = await Promise.all(["hit", "miss", "store"].map(count));
    assert.deepEqual(
      after.map((value, index) => value - (before[index] ?? NaN)),
      [2, 1, 1],
    );
  });

  it("log neither prompts nor passwords", () => {
    const output = shared.a.output() + shared.b.output();
    assert.ok(output.includes('"event":"request"'));
    assert.ok(!output.includes("square root") && !output.includes("p#ss") && !output.includes(encodeURIComponent("p#ss w/rd")));
  });

  const spanOf = (service: string, traceId: string): Promise<CollectedSpan> =>
    shared.collector.waitFor(service, (span) => span.service === service && span.traceId === traceId);

  /** Sends a request in a trace of its own and waits for its llm span. */
  async function trace(prompt: string) {
    const traceId = randomBytes(16).toString("hex");
    const parentId = randomBytes(8).toString("hex");
    await modelOf(shared.a, prompt, { session: "traced", headers: { traceparent: `00-${traceId}-${parentId}-01` } });
    const llm = await spanOf("plano(llm)", traceId);
    return { llm, parentId, all: shared.collector.spans.filter((span) => span.traceId === traceId) };
  }

  it("trace a routing span under the first request and none under pinned ones", async () => {
    const first = await trace(deep.prompt);
    assert.equal(first.llm.name, "POST /v1/chat/completions openai/gpt-4o-mini -> openai/gpt-5.2");
    assert.equal(first.llm.parentSpanId, first.parentId);
    const routing = await spanOf("plano(routing)", first.llm.traceId);
    assert.equal(routing.name, "routing");
    assert.equal(routing.parentSpanId, first.llm.spanId);

    const pinned = await trace(fast.prompt);
    assert.deepEqual(
      pinned.all.map(({ service }) => service),
      ["plano(llm)"],
    );
    const { "llm.model": model, "plano.session_id": session, "plano.route.name": route, "k8s.pod.name": pod } = pinned.llm.tags;
    assert.deepEqual({ model, session, route, pod }, { model: deep.model, session: "traced", route: "deep_reasoning", pod: "a" });
  });

  it("flush their traces when they end, without what the caller does not want sampled", async () => {
    await using collector = await startCollector();
    await using gateway = await startGateway({ stubUrl: shared.stub.url, otlpUrl: collector.url });
    const traceparent = `00-${"a".repeat(32)}-${"b".repeat(16)}-00`;
    await modelOf(gateway, fast.prompt, { headers: { traceparent } });
    await modelOf(gateway, fast.prompt);
    await gateway.stop("SIGTERM");
    const names = collector.spans.map(({ service, name }) => `${service} ${name}`).sort();
    assert.deepEqual(names, ["plano(llm) POST /v1/chat/completions openai/gpt-4o-mini", "plano(routing) routing"]);
  });
});

describe("two stand-in replicas that imitate a release with a routing budget", () => {
  let client: Redis;
  after(() => client?.disconnect());
  const shared = twoGateways({ planoVersion: "0.4.36" });
  before(() => void (client = new Redis(shared.redis.url)));
  const keys = async (): Promise<string[]> => (await client.keys("*")).sort();

  it("share a session that they derive from a prompt without one, unless X-Plano-Cache is off", async () => {
    const off = { "X-Plano-Cache": "OFF" };
    const later = { first: fast.prompt } as const;
    assert.equal(await modelOf(shared.a, fast.prompt, { headers: off }), fast.model);
    assert.deepEqual(await keys(), []);
    assert.equal(await modelOf(shared.a, fast.prompt), fast.model);
    const [derived = "", ...others] = await keys();
    assert.match(derived, /^plano:affinity:implicit:[0-9a-f]{16}$/);
    assert.deepEqual(others, []);
    assert.equal(await modelOf(shared.b, deep.prompt, later), fast.model, "held, through another replica");
    assert.equal(await modelOf(shared.b, deep.prompt, { ...later, headers: off }), deep.model, "routed anew");
    assert.equal(await modelOf(shared.b, deep.prompt, { ...later, session: "named" }), deep.model);
    assert.deepEqual(await keys(), [derived, "plano:affinity:named"]);
    const path = "/routing/v1/chat/completions";
    const decided = (await (await ask(shared.a, deep.prompt, { ...later, path })).json()) as Record<string, unknown>;
    assert.deepEqual([`plano:affinity:${decided["session_id"] as string}`, decided["models"]], [derived, [fast.model]]);
  });
});
