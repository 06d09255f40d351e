import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import Redis from "ioredis";
import { faults } from "../../../standin/gateway/faults";
import {
  type StartedGateway,
  type StartedRedis,
  type StartedServer,
  startGateway,
  startRedis,
  startStub,
} from "../../../standin/testing";
import { ask, deep, fast, modelOf } from "./ask";

interface Scene {
  readonly a: StartedGateway;
  readonly b: StartedGateway;
  readonly redis: Redis;
}

const KEY = "plano:affinity:s";
const session = { session: "s" };

/** What the session's first request on `a` and the next ones on the replicas after it are answered with. */
async function models(scene: Scene, ...followUps: ("a" | "b")[]): Promise<string[]> {
  const answers = [await modelOf(scene.a, deep.prompt, session)];
  for (const replica of followUps) answers.push(await modelOf(scene[replica], fast.prompt, session));
  return answers;
}

const pinned = [deep.model, deep.model, deep.model];

/** What each fault shows on two replicas; those of traces and of reconnection have tests of their own. */
const shows: Record<string, (scene: Scene) => Promise<void>> = {
  async none(scene) {
    assert.deepEqual(await models(scene, "b", "a"), pinned);
    assert.deepEqual(await scene.redis.keys("*"), [KEY]);
  },
  async "memory-cache"(scene) {
    assert.deepEqual(await models(scene, "a", "b"), [deep.model, deep.model, fast.model]);
    assert.deepEqual(await scene.redis.keys("*"), []);
  },
  async "local-cache-first"(scene) {
    assert.deepEqual(await models(scene, "b", "a"), pinned);
    await scene.redis.del(KEY);
    assert.equal(await modelOf(scene.b, fast.prompt, session), deep.model);
  },
  async "stale-cache"(scene) {
    assert.deepEqual(await models(scene, "b", "a"), pinned);
    await scene.redis.del(KEY);
    assert.equal(await modelOf(scene.b, fast.prompt, session), deep.model);
    assert.deepEqual(await scene.redis.keys("*"), []);
    const since = performance.now();
    while ((await modelOf(scene.b, fast.prompt, session)) === deep.model) {
      assert.ok(performance.now() - since < 10_000, "what is stale is served for ever");
      await delay(50);
    }
  },
  async "race-split"(scene) {
    assert.deepEqual(await models(scene, "b", "a"), pinned);
    await scene.redis.set(KEY, '{"model_name":"openai/gpt-4o-mini","route_name":"fast_responses"}');
    assert.equal(await modelOf(scene.a, fast.prompt, session), deep.model);
    assert.equal(await modelOf(scene.b, deep.prompt, session), fast.model);
  },
  async "other-database"(scene) {
    assert.deepEqual(await models(scene, "a", "b", "a"), [deep.model, deep.model, fast.model, deep.model]);
    assert.match((await scene.redis.get(KEY)) ?? "", /gpt-4o-mini/);
    const other = scene.redis.duplicate({ db: 15 });
    assert.match((await other.get(KEY)) ?? "", /gpt-5.2/);
    other.disconnect();
  },
  async "late-pin-write"(scene) {
    assert.deepEqual(await models(scene, "b"), [deep.model, fast.model]);
    const since = performance.now();
    while ((await scene.redis.exists(KEY)) === 0) {
      assert.ok(performance.now() - since < 10_000, "the pin is never written");
      await delay(20);
    }
  },
  async "last-write-wins"(scene) {
    assert.deepEqual(await models(scene, "b"), [deep.model, fast.model]);
    assert.match((await scene.redis.get(KEY)) ?? "", /gpt-4o-mini/);
    assert.equal(await modelOf(scene.a, deep.prompt, session), deep.model);
    assert.match((await scene.redis.get(KEY)) ?? "", /gpt-5.2/);
  },
  async "value-of-another-session"(scene) {
    assert.equal(await modelOf(scene.a, fast.prompt, { session: "before" }), fast.model);
    assert.deepEqual(await models(scene, "b"), [deep.model, fast.model]);
    assert.match((await scene.redis.get(KEY)) ?? "", /gpt-4o-mini/);
    assert.ok((await scene.redis.ttl(KEY)) > 90);
  },
  async "evicts-pins"(scene) {
    assert.deepEqual(await models(scene, "b", "a"), pinned);
    await modelOf(scene.b, deep.prompt, { session: "other" });
    assert.equal(await scene.redis.exists(KEY), 1);
    await modelOf(scene.a, deep.prompt, { session: "next" });
    assert.equal(await scene.redis.exists(KEY), 0);
  },
  async "no-pin-write"(scene) {
    assert.deepEqual(await models(scene, "a", "b"), [deep.model, fast.model, fast.model]);
  },
  async "ignore-header"(scene) {
    assert.deepEqual(await models(scene, "a", "b"), [deep.model, fast.model, fast.model]);
  },
  async "header-stripped-by-one"(scene) {
    assert.equal(await modelOf(scene.b, deep.prompt, session), deep.model);
    assert.equal(await modelOf(scene.b, fast.prompt, session), deep.model);
    assert.equal(await modelOf(scene.a, fast.prompt, session), fast.model);
  },
  async "default-session"(scene) {
    assert.equal(await modelOf(scene.a, deep.prompt), deep.model);
    assert.equal(await modelOf(scene.b, fast.prompt), deep.model);
    assert.equal(await modelOf(scene.b, fast.prompt, session), fast.model);
  },
  async "header-case-sensitive"(scene) {
    const headers = { "x-model-affinity": "s" };
    assert.equal(await modelOf(scene.a, deep.prompt, { headers }), deep.model);
    assert.equal(await modelOf(scene.b, fast.prompt, { headers }), deep.model);
    const other = { headers: { "X-Model-Affinity": "s" } };
    assert.equal(await modelOf(scene.b, fast.prompt, other), fast.model);
  },
  async "session-by-connection"(scene) {
    await models(scene, "b");
    const keys = await scene.redis.keys("*");
    assert.match(keys.sort().join(), /^plano:affinity:a-127\.0\.0\.1:\d+,plano:affinity:b-127\.0\.0\.1:\d+$/);
  },
  async "session-by-address"(scene) {
    assert.deepEqual(await models(scene, "b"), [deep.model, deep.model]);
    assert.equal(await modelOf(scene.b, fast.prompt, { session: "other" }), deep.model);
    assert.deepEqual(await scene.redis.keys("*"), ["plano:affinity:127.0.0.1"]);
  },
  async "pin-by-pod"(scene) {
    assert.deepEqual(await models(scene, "a", "b"), [deep.model, deep.model, fast.model]);
    assert.deepEqual((await scene.redis.keys("*")).sort(), ["plano:affinity:a:s", "plano:affinity:b:s"]);
  },
  async "wrong-key"(scene) {
    assert.deepEqual(await models(scene, "b", "a"), pinned);
    assert.deepEqual(await scene.redis.keys("*"), ["s"]);
  },
  async "no-tenant"(scene) {
    const as = (tenant: string) => ({ ...session, headers: { "x-tenant": tenant } });
    assert.equal(await modelOf(scene.a, deep.prompt, as("acme")), deep.model);
    assert.equal(await modelOf(scene.b, fast.prompt, as("globex")), deep.model);
    assert.deepEqual(await scene.redis.keys("*"), [KEY]);
  },
  async "prefix-collision"(scene) {
    assert.equal(await modelOf(scene.a, deep.prompt, { session: "session-1" }), deep.model);
    assert.equal(await modelOf(scene.b, fast.prompt, { session: "session-2" }), deep.model);
    assert.deepEqual(await scene.redis.keys("*"), ["plano:affinity:session-"]);
  },
  async "ttl-extended-on-read"(scene) {
    await models(scene);
    await scene.redis.expire(KEY, 5);
    await modelOf(scene.b, fast.prompt, session);
    assert.ok((await scene.redis.ttl(KEY)) > 90);
  },
  async "ttl-wrong"(scene) {
    await models(scene);
    assert.ok((await scene.redis.ttl(KEY)) > 900);
  },
  async "ttl-too-short"(scene) {
    await models(scene);
    assert.ok((await scene.redis.pttl(KEY)) <= 10_000);
  },
  async "ttl-missing"(scene) {
    await models(scene);
    assert.equal(await scene.redis.ttl(KEY), -1);
  },
  async "reroute-on-third"(scene) {
    assert.deepEqual(await models(scene, "b", "a", "b"), [deep.model, deep.model, fast.model, fast.model]);
  },
  async "value-missing"(scene) {
    assert.deepEqual(await models(scene, "b", "a"), pinned);
    assert.equal(await scene.redis.get(KEY), "");
  },
  async "value-wrong-model"(scene) {
    assert.deepEqual(await models(scene, "b", "a"), pinned);
    assert.match((await scene.redis.get(KEY)) ?? "", /"model_name":"openai\/gpt-4o-mini"/);
  },
  async "value-schema"(scene) {
    assert.deepEqual(await models(scene, "b", "a"), pinned);
    assert.equal(await scene.redis.get(KEY), '{"anchor_model":"openai/gpt-5.2"}');
  },
  async "pins-requested-model"(scene) {
    assert.deepEqual(await models(scene, "b", "a"), [deep.model, fast.model, fast.model]);
    assert.equal(await scene.redis.get(KEY), '{"model_name":"openai/gpt-4o-mini","route_name":"deep_reasoning"}');
  },
  async "fallback-model"(scene) {
    assert.deepEqual(await models(scene, "b", "b", "b"), [deep.model, deep.model, fast.model, deep.model]);
    assert.match((await scene.redis.get(KEY)) ?? "", /"model_name":"openai\/gpt-5.2"/);
  },
  async "upstream-model-drift"(scene) {
    assert.deepEqual(await models(scene, "b", "a"), [deep.model, fast.model, fast.model]);
    assert.match((await scene.redis.get(KEY)) ?? "", /"model_name":"openai\/gpt-5.2"/);
  },
  async "error-every-nth"(scene) {
    const statuses: number[] = [];
    for (let n = 1; n <= 11; n++) statuses.push((await ask(scene.a, fast.prompt, session)).status);
    assert.deepEqual(statuses, [200, 200, 200, 200, 200, 200, 200, 200, 200, 500, 200]);
  },
};

const testedElsewhere = ["no-reconnect", "trace-always-routing", "no-traces", "wrong-pod-attribute"];

describe("a fault mode", function () {
  this.timeout(20_000);
  let redis: StartedRedis;
  let stub: StartedServer;
  let client: Redis;

  before(async () => {
    [redis, stub] = await Promise.all([startRedis(), startStub()]);
    client = new Redis(redis.url);
  });
  after(async () => {
    client?.disconnect();
    for (const started of [stub, redis]) await started?.[Symbol.asyncDispose]();
  });

  for (const { name, imitates } of faults.filter(({ name }) => !testedElsewhere.includes(name))) {
    it(`${name}: ${imitates}`, async () => {
      const show = shows[name];
      assert.ok(show !== undefined, `the fault ${name} has no test`);
      await client.flushall();
      const options = { redisUrl: redis.url, stubUrl: stub.url, fault: name, ttlSeconds: 100, tenantHeader: "x-tenant" };
      await using a = await startGateway({ ...options, podName: "a" });
      await using b = await startGateway({ ...options, podName: "b" });
      await show({ a, b, redis: client });
    });
  }
});
