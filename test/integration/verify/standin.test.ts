import assert from "node:assert/strict";
import { startGateway, startRedis, startStub, type StartedRedis, type StartedServer } from "../../../standin/testing";
import { defaultOptions, type Report, type VerifyOptions } from "../../../verify";
import { verify } from "./report-schema";

/** Stand-in gateways as real processes, with a real Redis. */
describe("verify against the stand-in gateway", function () {
  this.timeout(30_000);
  let redis: StartedRedis;
  let stub: StartedServer;

  before(async () => {
    redis = await startRedis({ password: "geheim" });
    stub = await startStub();
  });

  after(async () => {
    await stub?.[Symbol.asyncDispose]();
    await redis?.[Symbol.asyncDispose]();
  });

  async function verifyTwo(
    fault: string,
    overrides: Partial<VerifyOptions> & { readonly redisUrl?: string } = {},
  ): Promise<Report> {
    const { redisUrl = redis.url, ...options } = overrides;
    const gateway = { redisUrl: redis.url, stubUrl: stub.url, fault, tenantHeader: options.tenant?.name };
    await using a = await startGateway({ ...gateway, podName: "pod-a" });
    await using b = await startGateway({ ...gateway, podName: "pod-b" });
    return await verify({
      ...defaultOptions,
      target: {
        kind: "replicas",
        replicas: [
          { name: "a", url: a.url },
          { name: "b", url: b.url },
        ],
        redisUrl,
      },
      checks: ["control", "pinning", "redis"],
      ...options,
    });
  }

  it("passes on a healthy gateway, with route and TTL of each session", async () => {
    const report = await verifyTwo("none");
    assert.deepEqual([report.verdict, report.reason], ["pass", null]);
    assert.deepEqual([...new Set(report.sessions.map(({ route }) => route))].sort(), ["deep_reasoning", "fast_responses"]);
    for (const { ttlSeconds } of report.sessions) assert.ok(ttlSeconds !== null && ttlSeconds > 590 && ttlSeconds <= 600);
  });

  it("passes with a tenant, whose name is part of the key", async () => {
    const report = await verifyTwo("none", { tenant: { name: "x-tenant-id", value: "acme" } });
    assert.equal(report.verdict, "pass");
    assert.match(JSON.stringify(report.checks[2]?.evidence), /plano:affinity:acme:/);
  });

  it("knows sessions that an earlier run pinned", async () => {
    const prefix = { sessionPrefix: "again-" };
    assert.equal((await verifyTwo("none", prefix)).verdict, "pass");
    const report = await verifyTwo("none", prefix);
    assert.equal(report.verdict, "pass");
    assert.match(report.checks[1]?.summary ?? "", /; 4 were pinned before this run$/);
  });

  const caught: readonly [fault: string, verdict: string, reason: RegExp, overrides?: Partial<VerifyOptions>][] = [
    ["memory-cache", "fail", /^pinning: .* answered .* in round 2, although /],
    ["ignore-header", "fail", /^pinning: /],
    ["pin-by-pod", "fail", /^pinning: /],
    ["header-case-sensitive", "fail", /^pinning: /],
    ["reroute-on-third", "fail", /^pinning: .* in round 3/],
    ["wrong-key", "fail", /^redis: key plano:affinity:\S+ does not exist/],
    ["value-missing", "fail", /^redis: key plano:affinity:\S+ has an empty value/],
    ["value-wrong-model", "fail", /^redis: the pin of \S+ names \S+, but \S+ was served/],
    ["ttl-missing", "fail", /^redis: key \S+ has no TTL/],
    ["ttl-wrong", "fail", /^redis: key \S+ has a TTL of \d+ s, longer than the 600 s expected/],
    ["ttl-extended-on-read", "fail", /^redis: the TTL of key \S+ was extended by reads/],
    [
      "no-tenant",
      "fail",
      /^redis: key plano:affinity:acme:\S+ does not exist/,
      { tenant: { name: "x-tenant-id", value: "acme" } },
    ],
    ["error-every-nth", "unknown", /HTTP 500/],
    // Sessions are played for every check, so that what is seen in them is told.
    ["upstream-model-drift", "fail", /^pinning: .* answered .* although /, { checks: ["control", "redis"] }],
    ["none", "pass", /^$/, { checks: ["control", "redis"] }],
    // One change of the model may be the end of an older pin, but not where the first replica stays with its own.
    ["memory-cache", "fail", /^pinning: .* answered .* although /, { sessionPrefix: "old-", checks: ["control", "pinning"] }],
  ];
  for (const [fault, verdict, reason, overrides = {}] of caught) {
    const circumstances = Object.keys(overrides).length === 0 ? "" : ` with ${JSON.stringify(overrides)}`;
    it(`is ${verdict} with ${fault}${circumstances}`, async () => {
      const report = await verifyTwo(fault, overrides);
      assert.equal(report.verdict, verdict);
      assert.match(report.reason ?? "", reason);
    });
  }

  it("is unknown when Redis refuses the password, and does not show it", async () => {
    const report = await verifyTwo("none", { redisUrl: redis.url.replace("geheim", "falsch") });
    assert.equal(report.verdict, "unknown");
    assert.match(report.reason ?? "", /^redis: Redis at 127\.0\.0\.1:\d+ refused the password$/);
    assert.doesNotMatch(JSON.stringify(report), /geheim|falsch/);
  });

  it("is unknown when Redis cannot be reached", async () => {
    const report = await verifyTwo("none", { redisUrl: "redis://127.0.0.1:1" });
    assert.deepEqual([report.verdict, report.reason], ["unknown", "redis: Redis at 127.0.0.1:1 refused the connection"]);
    assert.equal(report.checks[1]?.verdict, "pass");
  });
});
