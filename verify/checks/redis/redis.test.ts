import assert from "node:assert/strict";
import { answersAs } from "./model-names";
import { PinTally, type Inspected, type MemoryLooks } from "./tally";
import type { Look } from "../../redis/inspector";
import { contracts, type PinKind } from "../../contracts";
import { chooseMaster } from "../../redis/master";
import { readMemory, type RedisMemory } from "../../redis/memory";
import { readPin } from "../../redis/pin";
import { wordsOf } from "../../testing/samples";

const pin = '{"model_name":"openai/small","route_name":"fast"}';
const anchor = '{"anchor_model":"openai/small","route_name":"fast","last_used":1}';
const served: readonly string[] = ["small", "large"];
const gone: Partial<Look> = { value: null, pttl: -2 };
const anew: Partial<Look> = { expiresFrom: 1_005_000, expiresTo: 1_005_003 };
const named = (model: string): Partial<Look> => ({ value: JSON.stringify({ model_name: model }) });

function look(overrides: Partial<Look> = {}): Look {
  return { value: pin, pttl: 599_000, expiresFrom: 1_000_000, expiresTo: 1_000_003, ...overrides };
}

function inspected(early: Partial<Look>, late: Partial<Look>, served = "small", id = "s1"): Inspected {
  return {
    session: { id, model: served, pinnedUntil: Number.POSITIVE_INFINITY },
    early: look(early),
    late: look({ pttl: 598_000, ...late }),
  };
}

/** One that is as it should be at first, and like this later. */
const later = (late: Partial<Look>): Inspected => inspected({}, late);

/** One that is not there after the first answer. */
const unwritten = (late: Partial<Look>): Inspected => ({ ...inspected(gone, late), isUnwritten: true });

function conclude(all: readonly Inspected[], looks: MemoryLooks = {}, kind: PinKind = "fixed", now = 0, models = served) {
  const tally = new PinTally({ ttlSeconds: 600, contract: kind === "fixed" ? contracts.plano : contracts["plano-anchored"] });
  for (const one of all) tally.add(one, now);
  return tally.conclude(looks, models);
}

const judge = (...args: Parameters<typeof conclude>): string => wordsOf(conclude(...args));

describe("redis", () => {
  it("passes when the pin names the model served, ends in time and was not extended", () => {
    const passed = "pass: 1 of 1 pins: each names the model served, ends within 600 s and is not extended by reads";
    assert.equal(judge([inspected({}, {})]), passed);
    // The uncertainty of a slow look is no extension.
    assert.equal(judge([later({ expiresFrom: 999_990, expiresTo: 1_000_040 })]), passed);
  });

  it("passes for anchored pins when only the time in the value changes, and the life begins anew", () => {
    const one = inspected({ value: anchor }, { ...anew, value: anchor.replace("1", "2") });
    const { verdict, summary, evidence } = conclude([one], {}, "anchored");
    assert.equal(verdict, "pass");
    assert.equal(summary, "1 of 1 pins: each names the model served, ends within 600 s and lives on with every request");
    assert.deepEqual([evidence["pin"], evidence["valueField"]], ["anchored", "anchor_model"]);
  });

  const key = "key plano:affinity:s1";
  const changed = `the value of ${key} changed while the session was pinned`;
  const laterField = "anchor_model, as Plano 0.4.28 or later writes it, and not model_name (--pin fixed)";
  const earlierField = "model_name, as Plano 0.4.19 to 0.4.27 writes it, and not anchor_model (--pin anchored)";
  const failures: readonly [name: string, said: string, one: Inspected, kind?: PinKind][] = [
    ["the key does not exist", `${key} does not exist`, inspected(gone, gone)],
    ["the key never existed", `${key} does not exist, nor did it right after the first answer`, unwritten(gone)],
    ["the value is empty", `${key} has an empty value`, later({ value: "" })],
    ["the value is no pin", `the value of ${key} names no model`, later({ value: '{"model":"x"}' })],
    ["the value is of a later release", `the value of ${key} has ${laterField}`, later({ value: anchor })],
    ["the key never runs out", `${key} has no TTL, so its pin never runs out`, inspected({ pttl: -1 }, { pttl: -1 })],
    ["the TTL is too long", `${key} has a TTL of 5999 s, longer than the 600 s expected (--ttl)`, later({ pttl: 5_999_000 })],
    ["a read extends the TTL", `the TTL of ${key} was extended by reads, by at least 22 ms`, later({ expiresFrom: 1_000_025 })],
    ["the value changes", changed, later(named("openai/large"))],
    ["another model was served", "the pin of s1 names openai/small, but large was served", inspected({}, {}, "large")],
    ["an anchored value replaces one of an earlier release", changed, later({ ...anew, value: anchor }), "anchored"],
    ["the value is of an earlier release", `the value of ${key} has ${earlierField}`, later({}), "anchored"],
  ];
  for (const [name, said, one, kind] of failures) {
    it(`fails when ${name}`, () => assert.equal(judge([one], {}, kind), `fail: ${said}`));
  }

  it("is unknown when there is nothing to judge by", () => {
    const one = later(gone);
    const late = { ...one, session: { ...one.session, pinnedUntil: 5 } };
    assert.match(judge([late], {}, "fixed", 10), /^unknown: 1 of 1 pins ran out before they were read/);
    assert.match(judge([inspected(gone, {})]), /^unknown: .* its ageing was not seen$/);
    // Redis' clock stands still.
    assert.match(judge([later({ pttl: 599_000 })]), /^unknown: .* its ageing was not seen$/);
    assert.match(judge([]), /^unknown: .* no pin to look for$/);
    const still = inspected({ value: anchor }, { value: anchor });
    assert.match(judge([still], {}, "anchored"), /^unknown: no pin's life was seen to begin anew, as --pin anchored has it/);
  });

  it("is unknown when Redis' answers contradict each other, unless the pin may have ended just then", () => {
    const odd = (pttl: number): string =>
      `unknown: Redis' answers to GET and PTTL of ${key} contradict each other (PTTL: ${pttl})`;
    for (const pttl of [0, -2]) {
      assert.equal(judge([later({ pttl })]), odd(pttl));
      assert.equal(judge([inspected({ pttl }, {})]), odd(pttl));
      const one = later({ pttl });
      const ended = { ...one, session: { ...one.session, pinnedUntil: 5 } };
      assert.match(judge([ended, inspected({}, {}), inspected({}, {})], {}, "fixed", 10), /^pass: 2 of 3 pins/);
    }
    for (const pttl of [-1, 598_000]) assert.equal(judge([later({ value: null, pttl })]), odd(pttl));
    const failed = later({ value: "" });
    assert.match(judge([later({ pttl: 0 }), failed]), /^fail: key \S+ has an empty value$/);
  });

  /** What pins name and which model was served then, parted by `;`: the first pair is the one in question. */
  const names: readonly [name: string, verdict: string, pairs: string, models?: string[]][] = [
    ["are a deployment's own, one by one", "pass", "azure/front small; azure/back large"],
    ["are a deployment's own, and there is one", "unknown", "azure/chat gpt-4o-2024-11-20"],
    ["are of two deployments of one model", "unknown", "azure/one small; azure/two small"],
    ["are mixed up", "fail", "openai/small large; openai/large small"],
    ["stand for two models", "fail", "azure/front small; azure/back large; azure/front large"],
    ["differ by a number that is no build", "fail", "anthropic/sonnet-4 sonnet-4-5-20250929; openai/small small"],
    ["differ by a word, which may be a deployment's", "unknown", "azure/o1 o1-preview-2024-09-12; openai/small small"],
    ["differ by a word, and the model is served as well", "fail", "openai/gpt-4o gpt-4o-mini", ["gpt-4o-2024-08-06"]],
  ];
  for (const [name, verdict, pairs, models] of names) {
    it(`is ${verdict} for names that ${name}`, () => {
      const all = pairs.split("; ").map((pair, i) => {
        const [configured = "", model] = pair.split(" ");
        return inspected(named(configured), named(configured), model, `s${i + 1}`);
      });
      assert.equal(conclude(all, {}, "fixed", 0, models).verdict, verdict);
    });
  }

  it("says which names may be one, and what would tell", () => {
    assert.equal(
      judge([inspected(named("azure/chat"), named("azure/chat"), "gpt-4o")]),
      "unknown: the pin of s1 names azure/chat, but gpt-4o was served, and no other pin tells whether that is its name: use more sessions",
    );
  });
});

const before: RedisMemory = {
  ...{ runId: "a", role: "master", policy: "allkeys-lru" },
  ...{ usedBytes: 3_000_000, maxBytes: 3 * 2 ** 20, evictedKeys: 5 },
};
const after: RedisMemory = { ...before, usedBytes: 3_100_000, evictedKeys: 12 };
const full = { before, after };
const calm = { before, after: { ...after, evictedKeys: 5 } };
const cause = "Redis is full (used_memory 3.0 MiB of maxmemory 3.0 MiB, allkeys-lru; evicted_keys rose by 7 during the run)";
const lost = later(gone);

/** Those of a real Redis are in test/integration/verify/evictions.test.ts. */
describe("evictions", () => {
  it("are named as the cause of missing pins, with Redis' memory", () => {
    const { summary, evidence } = conclude([lost], full);
    assert.equal(summary, `key plano:affinity:s1 does not exist; ${cause}`);
    assert.equal(evidence["cause"], cause);
    const { usedBytes, maxBytes, policy } = after;
    assert.deepEqual(evidence["redis"], { usedBytes, maxBytes, policy, evictedDuringRun: 7 });
  });

  it("are named also where a request has written the pin anew", () => {
    const said = /was extended by reads, by at least 4997 ms, or it was evicted and written anew: Redis is full/;
    assert.match(judge([later(anew)], full), said);
  });

  for (const [why, looks] of [
    ["nothing was evicted", calm],
    ["Redis was another one at the end", { before, after: { ...after, runId: "b" } }],
    ["its statistics were reset", { before, after: { ...after, evictedKeys: 1 } }],
    ["Redis does not tell", {}],
  ] as const) {
    it(`are not named when ${why}`, () => assert.equal(judge([lost], looks), "fail: key plano:affinity:s1 does not exist"));
  }

  it("say nothing where Redis is a replica, which may have lost its master, unless a pin is wrong", () => {
    const replica = { before: { ...before, role: "slave" }, after: undefined };
    const why =
      /^unknown: key \S+ does not exist; but this Redis is a replica \(role slave\), which may have lost its master: name/;
    assert.match(judge([lost, lost], replica), why);
    assert.match(judge([lost, later({ value: "" })], replica), /^fail: /);
  });

  it("are not named where more pins are missing than were evicted, nor for other problems", () => {
    const eight = Array.from({ length: 8 }, () => lost);
    assert.equal(judge(eight, full), "fail: key plano:affinity:s1 does not exist (and 7 more)");
    assert.equal(judge([later({ value: "" })], full), "fail: key plano:affinity:s1 has an empty value");
  });
});

describe("a pin that is not there after the first answer", () => {
  const late = unwritten({});
  const missed = "key plano:affinity:s1 did not exist right after the first answer: its pin was written late";

  it("was written late when it came, unless Redis may follow another one", () => {
    assert.equal(judge([late], calm), `fail: ${missed}`);
    const follower = "or this Redis follows another one, which it does not say (INFO replication)";
    assert.equal(judge([late]), `unknown: ${missed}; ${follower}`);
  });
});

describe("Redis' memory", () => {
  const fields = ["# Server", "run_id:a", "role:master", "used_memory:3000000", "maxmemory:3145728"];
  const info = [...fields, "maxmemory_policy:allkeys-lru", "evicted_keys:5", ""].join("\r\n");

  it("is read from INFO, and not known when a figure is missing or no number", () => {
    assert.deepEqual(readMemory(info), before);
    for (const field of ["run_id", "role", "used_memory", "maxmemory", "evicted_keys"]) {
      assert.equal(readMemory(info.replace(`${field}:`, "other:")), undefined, field);
    }
    assert.equal(readMemory(info.replace("evicted_keys:5", "evicted_keys:many")), undefined);
    for (const other of [null, 1, ["a"]]) assert.equal(readMemory(other), undefined);
  });
});

describe("pins", () => {
  it("are read with their route, and refused when they are something else", () => {
    const { plano, "plano-anchored": anchored } = contracts;
    assert.deepEqual(readPin(anchor, anchored.redis), { model: "openai/small", route: "fast" });
    assert.deepEqual(readPin(pin, plano.redis), { model: "openai/small", route: "fast" });
    for (const other of ["", "null", "[]", "small", '{"model_name":""}', '{"model_name":1}']) {
      assert.equal(readPin(other, plano.redis), undefined, other);
    }
  });

  it("fit the upstream's name by itself, with the provider, or with a build behind it, and no other", () => {
    const fit = {
      "openai/gpt-4o": ["gpt-4o", "openai/gpt-4o", "gpt-4o-2024-08-06", "proxy/openai/gpt-4o"],
      "openai/gpt-4": ["gpt-4-0613"],
      "openrouter/anthropic/claude-sonnet-4": ["claude-sonnet-4-20250514", "anthropic/claude-sonnet-4"],
      "anthropic/claude-3-5-sonnet-latest": ["claude-3-5-sonnet-20241022"],
      "mistral/mistral-large": ["mistral-large-2411"],
      "cohere/command-r": ["command-r-08-2024"],
      "gemini/gemini-2.0-flash": ["gemini-2.0-flash-001"],
    };
    for (const [name, all] of Object.entries(fit)) for (const one of all) assert.ok(answersAs(name, one), one);
    const unfit = {
      "openai/gpt-4o": ["gpt-4o-mini", "gpt-4o-mini-2024-07-18", "gpt-4", "azure/gpt-4o", "gpt-4o-2", "gpt-4o-2024-13-01"],
      "anthropic/claude-sonnet-4": ["claude-sonnet-4-5", "claude-sonnet-4-5-20250929", "claude-sonnet-4.5"],
      "openai/gpt-4": ["gpt-4-32", "gpt-4-3200", "gpt-40613"],
      "openai/gpt-4o-2024-08-06": ["gpt-4o-2024-11-20", "gpt-4o"],
    };
    for (const [name, all] of Object.entries(unfit)) for (const one of all) assert.ok(!answersAs(name, one), one);
  });
});

describe("the master of several Redises", () => {
  const master = (replicas: number) => ({ role: "master", replicas });
  const replica = { role: "slave", replicas: 0 };
  const choose = (...answers: (typeof replica | string)[]): number =>
    chooseMaster(answers.map((answer, i) => ({ name: `redis-${i}`, answer })));

  it("is the one that says so, also without replicas, unless it came back and another one has replicas", () => {
    assert.equal(choose(replica, master(2), replica), 1);
    assert.equal(choose("timed out", replica, master(0)), 2);
    assert.equal(choose(master(0), master(1), replica), 1);
  });

  it("is not guessed where none or several have a claim", () => {
    const uncertain = (answers: string) => ({
      name: "Unmeasurable",
      message: `it is not certain which of 2 Redis pods is the master (${answers}); name Redis by --redis-url`,
    });
    assert.throws(() => choose(replica, "timed out"), uncertain("redis-0: slave, redis-1: timed out"));
    assert.throws(() => choose(master(1), master(1)), uncertain("redis-0: master, redis-1: master"));
    assert.throws(() => choose(master(0), master(0)), uncertain("redis-0: master, redis-1: master"));
  });
});
