import assert from "node:assert/strict";
import type { Report, VerifyOptions } from "../../../verify";
import { scene, verifyGateways } from "./trial-gateways";

/** Stand-in gateways as real processes, with a real Redis. */
describe("verify against the stand-in gateway", function () {
  this.timeout(30_000);
  const shared = scene({ password: "geheim" });

  function verifyTwo(fault: string, options: Partial<VerifyOptions> = {}): Promise<Report> {
    const redisUrl = shared.redis.url;
    const gateway = { redisUrl, stubUrl: shared.stub.url, fault, tenantHeader: options.tenant?.name };
    return verifyGateways({ checks: ["control", "pinning", "redis"], gateway, redisUrl, options });
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

  /** Faults that need options of their own; mutations.test.ts plays the others. */
  const caught: readonly [fault: string, verdict: string, reason: RegExp, overrides?: Partial<VerifyOptions>][] = [
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
});
