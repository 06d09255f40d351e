import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import {
  type StartedCollector,
  type StartedGateway,
  startCollector,
  startGateway,
  startRedis,
  startStub,
} from "../../../standin/testing";
import type { CollectedSpan } from "../../../standin/testing/otlp-spans";
import { deep, fast, modelOf } from "./ask";

describe("the stand-in's traces", function () {
  this.timeout(20_000);
  let collector: StartedCollector;
  let gateway: StartedGateway;
  const others: AsyncDisposable[] = [];

  before(async () => {
    collector = await startCollector();
    const [redis, stub] = await Promise.all([startRedis(), startStub()]);
    others.push(redis, stub);
    gateway = await startGateway({ redisUrl: redis.url, stubUrl: stub.url, otlpUrl: collector.url, podName: "plano-7" });
  });
  after(() => Promise.all([gateway, collector, ...others].map((it) => it?.[Symbol.asyncDispose]())));

  /** Sends a request in a trace of its own and waits for its llm span. */
  async function trace(prompt: string): Promise<{ llm: CollectedSpan; all: CollectedSpan[]; parentId: string }> {
    const traceId = randomBytes(16).toString("hex");
    const parentId = randomBytes(8).toString("hex");
    await modelOf(gateway, prompt, { session: "s", headers: { traceparent: `00-${traceId}-${parentId}-01` } });
    const own = (span: CollectedSpan): boolean => span.traceId === traceId;
    const llm = await collector.waitFor("the llm span", (span) => own(span) && span.service === "plano(llm)");
    return { llm, parentId, all: collector.spans.filter(own) };
  }

  it("show a routing span under the first request and none under pinned ones", async () => {
    const first = await trace(deep.prompt);
    assert.equal(first.llm.name, "POST /v1/chat/completions openai/gpt-4o-mini -> openai/gpt-5.2");
    assert.equal(first.llm.parentSpanId, first.parentId);
    const routing = await collector.waitFor("the routing span", ({ service }) => service === "plano(routing)");
    assert.equal(routing.name, "routing");
    assert.equal(routing.traceId, first.llm.traceId);
    assert.equal(routing.parentSpanId, first.llm.spanId);

    const pinned = await trace(fast.prompt);
    assert.deepEqual(
      pinned.all.map(({ service }) => service),
      ["plano(llm)"],
    );
    const { "llm.model": model, "plano.session_id": session, "plano.route.name": route, "k8s.pod.name": pod } = pinned.llm.tags;
    assert.deepEqual(
      { model, session, route, pod },
      { model: deep.model, session: "s", route: "deep_reasoning", pod: "plano-7" },
    );
  });

  it("are flushed when the process ends, without what the caller does not want sampled", async () => {
    collector.spans.length = 0;
    const traceparent = `00-${"a".repeat(32)}-${"b".repeat(16)}-00`;
    await modelOf(gateway, fast.prompt, { headers: { traceparent } });
    await modelOf(gateway, fast.prompt);
    await gateway.stop("SIGTERM");
    const names = collector.spans.map(({ service, name }) => `${service} ${name}`).sort();
    assert.deepEqual(names, ["plano(llm) POST /v1/chat/completions openai/gpt-4o-mini", "plano(routing) routing"]);
  });
});
