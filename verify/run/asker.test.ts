import assert from "node:assert/strict";
import { apiNames, type Asking } from "../apis";
import type { Clock } from "../common/clock";
import { HttpFailure, type HttpAnswer } from "../http/http-client";
import { Asker } from "./asker";
import { quantile, RequestLog } from "./request-log";

const replica = { name: "a", url: "http://a.test" };
const good: HttpAnswer = { status: 200, headers: {}, body: '{"model":"small"}' };

/** An asker whose replica gives the outcomes one after another, then good answers. */
function askerThatGets(...outcomes: readonly (HttpAnswer | HttpFailure)[]) {
  const interruption = new AbortController();
  const { signal } = interruption;
  const waits: number[] = [];
  const sent: Readonly<Record<string, string>>[] = [];
  const asked: { readonly path: string; readonly body: Readonly<Record<string, unknown>> }[] = [];
  let time = 0;
  const clock: Clock = { now: () => time++, sleep: async (ms) => void waits.push(ms) };
  const client = {
    post: async (to: URL, headers: Readonly<Record<string, string>>, body: string): Promise<HttpAnswer> => {
      sent.push(headers);
      asked.push({ path: to.pathname, body: JSON.parse(body) as Record<string, unknown> });
      const outcome = outcomes[sent.length - 1] ?? good;
      if (outcome instanceof HttpFailure) throw outcome;
      return outcome;
    },
  };
  const tenant = { name: "x-tenant", value: "acme" };
  const authorization = "Bearer key-1";
  const asker = new Asker({ client, clock, model: "m", tenant, authorization, signal, explain: () => undefined });
  const anchored = new Asker({ client, clock, model: "m", pin: "anchored", signal });
  const asking = (how: Asking & { readonly authorization?: string }) => new Asker({ client, clock, model: "m", signal, ...how });
  return { asker, anchored, asking, asked, clock, waits, sent, interruption };
}

describe("Asker", () => {
  const refused = new HttpFailure("connection refused", true);

  it("tries again at most twice, waiting longer each time, and counts every attempt", async () => {
    const { asker, waits } = askerThatGets(refused, { ...good, status: 503, body: "" }, refused, good);
    const { answer, attempts } = await asker.ask({ replica, prompt: "p" });
    assert.deepEqual([answer, attempts, waits], [{ kind: "failure", reason: "connection refused" }, 3, [100, 300]]);
    assert.deepEqual(asker.log.report(), { total: 3, failed: 3, p50Ms: null, p99Ms: null });
    assert.deepEqual(asker.log.failures, { count: 3, first: "a: connection refused" });
  });

  it("waits as long as an answer asks for, and does not try again where that is too long", async () => {
    const limited = (seconds?: string) => ({ status: 429, body: "", headers: { "retry-after": seconds } });
    const { asker, waits } = askerThatGets(limited("2"), limited(), limited("60"));
    assert.equal((await asker.ask({ replica, prompt: "p" })).attempts, 3);
    assert.deepEqual(waits, [2_000, 300]);
    const late = askerThatGets(limited("60"));
    assert.equal((await late.asker.ask({ replica, prompt: "p" })).attempts, 1);
  });

  for (const outcome of [new HttpFailure("no answer within 60 s", false), { ...good, status: 500 }, { ...good, body: "" }]) {
    it(`does not try again after ${outcome instanceof HttpFailure ? outcome.message : `HTTP ${outcome.status}`}`, async () => {
      const { asker, sent } = askerThatGets(outcome);
      assert.equal((await asker.ask({ replica, prompt: "p" })).answer.kind, "failure");
      assert.equal(sent.length, 1);
    });
  }

  it("gives every attempt a sampled trace id of its own", async () => {
    const { asker, sent } = askerThatGets(refused);
    const { traceId } = await asker.ask({ replica, prompt: "p" });
    const parents = sent.map((headers) => headers["traceparent"] ?? "");
    for (const parent of parents) assert.match(parent, /^00-[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-01$/);
    assert.equal(new Set(parents).size, 2);
    assert.equal(parents[1]?.slice(3, 35), traceId);
  });

  it("sends the key that it was given, and does not repeat it where the gateway does", async () => {
    const refusal = { ...good, status: 401, body: '{"error":{"message":"not key-1, nor Bearer key-1"}}' };
    const { asker, anchored, sent } = askerThatGets(refusal);
    const { answer } = await asker.ask({ replica, prompt: "p" });
    assert.deepEqual(answer, { kind: "failure", reason: "HTTP 401: not …, nor Bearer …" });
    assert.equal(asker.log.failures.first, "a: HTTP 401: not …, nor Bearer …");
    await anchored.ask({ replica, prompt: "p" });
    const keys = sent.map((headers) => headers["authorization"]);
    assert.deepEqual(keys, ["Bearer key-1", undefined]);
  });

  it("repeats no part of a key, whole, cut or encoded", async () => {
    const authorization = "Token token=geheim==, org=acme/team";
    const said = async (words: string): Promise<unknown> => {
      const refusal = { ...good, status: 401, body: JSON.stringify({ error: { message: words } }) };
      return (await askerThatGets(refusal).asking({ authorization }).ask({ replica, prompt: "p" })).answer;
    };
    const at = "x".repeat(185);
    for (const [words, seen] of [
      [`not ${authorization}`, "not Token …"],
      ["not geheim== of acme/team", "not … of …"],
      [`not ${encodeURIComponent(authorization)}`, "not Token%20…"],
      [`${at} token=geheim==`, `${at} …`],
    ] as const)
      assert.deepEqual(await said(words), { kind: "failure", reason: `HTTP 401: ${seen}` });
  });

  it("sends the session and the tenant, and no affinity header without a session", async () => {
    const { asker, sent } = askerThatGets();
    await asker.ask({ replica, prompt: "p" });
    await asker.ask({ replica, prompt: "p", session: "s", round: 0 });
    await asker.ask({ replica, prompt: "p", session: "s", round: 1 });
    const names = sent.map((headers) => Object.keys(headers).filter((name) => name.toLowerCase() === "x-model-affinity"));
    assert.deepEqual(names, [[], ["X-Model-Affinity"], ["x-model-affinity"]]);
    assert.ok(sent.every((headers) => headers["x-tenant"] === "acme"));
  });

  it("keeps a gateway with a routing budget from deriving a session where none is named", async () => {
    const { asker, anchored, sent } = askerThatGets();
    await asker.ask({ replica, prompt: "p" });
    await anchored.ask({ replica, prompt: "p" });
    await anchored.ask({ replica, prompt: "p", session: "s" });
    const caches = sent.map((headers) => headers["x-plano-cache"]);
    assert.deepEqual(caches, [undefined, "off", undefined]);
  });

  for (const api of apiNames) {
    it(`asks by ${api}, and in odd rounds ends in the result of a tool that it offers in all, where turns are to be so`, async () => {
      const { asking, asked, sent } = askerThatGets();
      const stream = api !== "routing";
      for (const round of [0, 1]) await asking({ api, stream, turns: "tools" }).ask({ replica, prompt: "Why?", round });
      await asking({ api }).ask({ replica, prompt: "Why?", round: 1 });
      const [user, tool, plain] = asked.map(({ body }) => body);
      assert.deepEqual(new Set(asked.map(({ path }) => path)).size, 1);
      const path = { chat: /^\/v1\/chat\/c/, messages: /^\/v1\/m/, responses: /^\/v1\/r/, routing: /^\/r/ }[api];
      assert.match(asked[0]?.path ?? "", path);
      assert.deepEqual([user?.["stream"], plain?.["stream"]], [stream || undefined, undefined]);
      assert.deepEqual(user?.["tools"], tool?.["tools"]);
      assert.deepEqual([JSON.stringify(user?.["tools"]).includes("search_notes"), plain?.["tools"]], [true, undefined]);
      const conversation = (body = {}) =>
        Object.values(body).find((it, i) => Array.isArray(it) && Object.keys(body)[i] !== "tools");
      const [first, later] = [user, tool].map((body) => conversation(body) as readonly object[]);
      assert.deepEqual(later?.slice(0, first?.length), first);
      assert.match(JSON.stringify(later?.at(-1)), /call_1.*There are no notes\./);
      assert.deepEqual(conversation(plain), first);
      assert.equal(sent[0]?.["anthropic-version"], api === "messages" ? "2023-06-01" : undefined);
    });
  }

  it("asks where its contract says, whichever the API", async () => {
    const { asking, asked } = askerThatGets();
    const contract = { name: "own", sessionHeader: "x-session", endpoint: "/llm/messages" };
    await asking({ api: "messages", contract } as Asking).ask({ replica, prompt: "p" });
    assert.equal(asked[0]?.path, "/llm/messages");
  });

  it("stops asking a replica that fails five questions in a row, and only that one", async () => {
    const failures = Array.from({ length: 5 }, () => new HttpFailure("no answer within 60 s", false));
    const { asker, sent } = askerThatGets(...failures);
    for (let i = 0; i < 5; i++) await asker.ask({ replica, prompt: "p" });
    const { answer, attempts } = await asker.ask({ replica, prompt: "p" });
    assert.deepEqual(answer, { kind: "failure", reason: "not asked any more after 5 failures: no answer within 60 s" });
    assert.deepEqual([attempts, sent.length], [0, 5]);
    assert.equal((await asker.ask({ replica: { name: "b", url: "http://b.test" }, prompt: "p" })).answer.kind, "model");
  });

  for (const duringFault of [false, true]) {
    it(`asks nothing any more once it is called off${duringFault ? ", also while a check disturbs the deployment" : ""}`, async () => {
      const { asker, sent, interruption } = askerThatGets();
      interruption.abort();
      const { answer, attempts, traceId } = await asker.ask({ replica, prompt: "p", session: "s", duringFault });
      assert.deepEqual([answer, attempts, traceId], [{ kind: "failure", reason: "interrupted" }, 0, ""]);
      assert.deepEqual([sent.length, asker.log.report().total], [0, 0]);
    });
  }

  it("does not try again when it is called off meanwhile", async () => {
    const { asker, clock, sent, interruption } = askerThatGets(refused);
    clock.sleep = async () => interruption.abort();
    const { answer, attempts } = await asker.ask({ replica, prompt: "p" });
    assert.deepEqual([answer, attempts, sent.length], [{ kind: "failure", reason: "interrupted" }, 1, 1]);
    assert.equal(asker.log.report().total, 1);
  });

  it("asks once while a check disturbs the deployment, and holds no failure against the run or the replica", async () => {
    const { asker, sent } = askerThatGets(...Array.from({ length: 6 }, () => refused));
    for (let i = 0; i < 6; i++) await asker.ask({ replica, prompt: "p", duringFault: true });
    assert.equal((await asker.ask({ replica, prompt: "p" })).answer.kind, "model");
    assert.equal(sent.length, 7);
    assert.deepEqual(asker.log.failures, { count: 0, first: undefined });
    assert.equal(asker.log.report().failed, 6);
  });
});

describe("quantile", () => {
  it("is the nearest rank, and null without values", () => {
    const values = Float64Array.from({ length: 100 }, (_, i) => i + 1);
    assert.deepEqual([quantile(values, 0.5), quantile(values, 0.99), quantile(values, 1)], [50, 99, 100]);
    assert.equal(quantile(Float64Array.of(7.126), 0.5), 7.13);
    assert.equal(quantile(new Float64Array(), 0.5), null);
  });
});

describe("RequestLog", () => {
  it("keeps latencies by replica", () => {
    const log = new RequestLog();
    for (const ms of [0.5, 1, 1.5, 30, 20_000]) log.answered("a", ms);
    log.answered("b", 3);
    const [a, b] = log.latencies();
    assert.deepEqual([a?.replica, a?.count, a?.p50Ms, a?.maxMs], ["a", 5, 1.5, 20_000]);
    assert.deepEqual([b?.replica, b?.count], ["b", 1]);
  });
});
