import assert from "node:assert/strict";
import { PinTally } from "./tally";
import type { Look } from "../../redis/inspector";
import { evictedBetween, readMemory, type RedisMemory } from "../../redis/memory";
import { judge } from "../../report/verdict";

const pin = '{"model_name":"openai/small","route_name":"fast"}';
const otherPin = '{"model_name":"openai/large","route_name":"deep"}';
const there: Look = { value: pin, pttl: 599_000, expiresFrom: 1_000_000, expiresTo: 1_000_003 };
const gone: Look = { value: null, pttl: -2, expiresFrom: 0, expiresTo: 0 };
const anew: Look = { ...there, expiresFrom: 1_005_000, expiresTo: 1_005_003 };

const before: RedisMemory = {
  runId: "a",
  role: "master",
  usedBytes: 3_000_000,
  maxBytes: 3 * 2 ** 20,
  policy: "allkeys-lru",
  evictedKeys: 5,
};
const after: RedisMemory = { ...before, usedBytes: 3_100_000, evictedKeys: 12 };
const cause = "Redis is full (used_memory 3.0 MiB of maxmemory 3.0 MiB, allkeys-lru; evicted_keys rose by 7 during the run)";

interface Seen {
  readonly early: Look;
  readonly late: Look;
  readonly isUnwritten?: boolean;
}

function conclude(seen: readonly Seen[], looks: { before?: RedisMemory; after?: RedisMemory } = { before, after }) {
  const tally = new PinTally({ ttlSeconds: 600 });
  const session = { id: "s1", model: "small", pinnedUntil: Number.POSITIVE_INFINITY };
  for (const one of seen) tally.add({ session, ...one }, 0);
  return tally.conclude(looks);
}

describe("pins that Redis evicted", () => {
  it("are called so, with the memory and the evictions as the cause", () => {
    const finding = conclude([{ early: there, late: gone }]);
    assert.equal(finding.verdict, "fail");
    assert.equal(finding.summary, `key plano:affinity:s1 was evicted: ${cause}`);
    assert.equal(finding.evidence.cause, cause);
    assert.deepEqual(finding.evidence.redis, {
      usedBytes: 3_100_000,
      maxBytes: 3 * 2 ** 20,
      policy: "allkeys-lru",
      evictedDuringRun: 7,
    });
  });

  it("are called so when a request has written them anew", () => {
    const changed = conclude([{ early: there, late: { ...anew, value: otherPin } }]);
    assert.equal(changed.summary, `key plano:affinity:s1 was evicted and written anew: ${cause}`);
    const same = conclude([{ early: there, late: anew }]);
    assert.match(
      same.summary,
      /was extended by reads, by at least 4997 ms, unless it was evicted and written anew: Redis is full/,
    );
  });

  const innocent: readonly [why: string, looks: { before?: RedisMemory; after?: RedisMemory }][] = [
    ["nothing was evicted", { before, after: { ...after, evictedKeys: 5 } }],
    ["Redis was another one at the end", { before, after: { ...after, runId: "b" } }],
    ["its statistics were reset", { before, after: { ...after, evictedKeys: 1 } }],
    ["Redis does not tell", {}],
  ];
  for (const [why, looks] of innocent) {
    it(`are not said of pins that are missing when ${why}`, () => {
      const finding = conclude([{ early: there, late: gone }], looks);
      assert.equal(finding.summary, "key plano:affinity:s1 does not exist");
      assert.equal(finding.evidence.cause, undefined);
    });
  }

  it("are not said of more pins than were evicted", () => {
    const finding = conclude(Array.from({ length: 8 }, () => ({ early: there, late: gone })));
    assert.equal(finding.summary, "key plano:affinity:s1 does not exist (and 7 more)");
  });

  it("do not excuse other problems", () => {
    const finding = conclude([{ early: there, late: { ...there, value: "" } }]);
    assert.equal(finding.summary, "key plano:affinity:s1 has an empty value");
  });

  it("are in the verdict's reason, also when another check failed first", () => {
    const run = { sessions: 1, failures: { count: 0, first: undefined }, maxFailedRequests: 0, changes: [], interrupted: false };
    const pinning = { id: "pinning", verdict: "fail", summary: "s1: b answered large", evidence: {} } as const;
    const redis = { id: "redis", ...conclude([{ early: there, late: gone }]) };
    assert.equal(judge([pinning, redis], run).reason, `pinning: s1: b answered large; ${cause}`);
    assert.equal(judge([redis], run).reason, `redis: key plano:affinity:s1 was evicted: ${cause}`);
  });
});

describe("a pin that is not there after the first answer", () => {
  const calm = { before, after: { ...after, evictedKeys: 5 } };

  it("is unknown when it came late and Redis does not say whether it follows another", () => {
    const finding = conclude([{ early: gone, late: there, isUnwritten: true }], {});
    assert.equal(finding.verdict, "unknown");
    assert.match(finding.summary, /^key plano:affinity:s1 did not exist right after the first answer: .* follows another one/);
  });

  it("was written late when it came", () => {
    const finding = conclude([{ early: gone, late: there, isUnwritten: true }], calm);
    assert.equal(finding.verdict, "fail");
    assert.equal(finding.summary, "key plano:affinity:s1 did not exist right after the first answer: its pin was written late");
  });

  it("was not written when it never came", () => {
    const finding = conclude([{ early: gone, late: gone, isUnwritten: true }], calm);
    assert.equal(finding.summary, "key plano:affinity:s1 does not exist, nor did it right after the first answer");
  });

  it("is no problem where its life may have ended, or Redis may be behind", () => {
    assert.equal(
      conclude(
        [
          { early: gone, late: there },
          { early: there, late: there },
        ],
        calm,
      ).verdict,
      "pass",
    );
  });
});

describe("Redis' memory", () => {
  const info =
    "# Server\r\nrun_id:abc\r\n# Replication\r\nrole:master\r\nused_memory:1000\r\nmaxmemory:2000\r\nmaxmemory_policy:allkeys-lru\r\nevicted_keys:3\r\n";

  it("is read from INFO", () => {
    assert.deepEqual(readMemory(info), {
      runId: "abc",
      role: "master",
      usedBytes: 1000,
      maxBytes: 2000,
      policy: "allkeys-lru",
      evictedKeys: 3,
    });
  });

  it("is not known when a figure is missing or no number", () => {
    assert.equal(readMemory(""), undefined);
    for (const field of ["run_id", "role", "used_memory", "maxmemory", "evicted_keys"])
      assert.equal(readMemory(info.replace(`${field}:`, "other:")), undefined, field);
    assert.equal(readMemory(info.replace("evicted_keys:3", "evicted_keys:many")), undefined);
  });

  it("counts evictions of one server only", () => {
    assert.equal(evictedBetween(before, after), 7);
    assert.equal(evictedBetween(before, { ...after, runId: "b" }), undefined);
    assert.equal(evictedBetween(undefined, after), undefined);
  });
});
