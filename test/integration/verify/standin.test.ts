import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { listening } from "../../../lib/testing/listening";
import { sendJson } from "../../../standin/http";
import type { Report, VerifyOptions } from "../../../verify";
import { scene, verifyGateways } from "./trial-gateways";

/** What OpenAI answers when it is asked for the names that are configured. */
const dated: Readonly<Record<string, string>> = {
  "openai/gpt-4o-mini": "gpt-4o-mini-2024-07-18",
  "openai/gpt-5.2": "gpt-5.2-2025-12-11",
};

/** Stand-in gateways as real processes, with a real Redis. */
describe("verify against the stand-in gateway", function () {
  this.timeout(30_000);
  const shared = scene({ password: "geheim" });

  function verifyTwo(fault: string, options: Partial<VerifyOptions> = {}, stubUrl = shared.stub.url): Promise<Report> {
    const redisUrl = shared.redis.url;
    const gateway = { redisUrl, stubUrl, fault, tenantHeader: options.tenant?.name };
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
  const caught: readonly [fault: string, verdict: string, reason: RegExp, options: Partial<VerifyOptions>][] = [
    // Sessions are played for every check, so that what is seen in them is told.
    ["upstream-model-drift", "fail", /^pinning: .* answered .* although /, { checks: ["control", "redis"] }],
    ["none", "pass", /^$/, { checks: ["control", "redis"] }],
    // One change of the model may be the end of an older pin, but not where the first replica stays with its own.
    ["memory-cache", "fail", /^pinning: .* answered .* although /, { sessionPrefix: "old-", checks: ["control", "pinning"] }],
  ];
  for (const [fault, verdict, reason, options] of caught) {
    it(`is ${verdict} with ${fault} with ${JSON.stringify(options)}`, async () => {
      const report = await verifyTwo(fault, options);
      assert.equal(report.verdict, verdict);
      assert.match(report.reason ?? "", reason);
    });
  }

  it("compares answers with answers, and a pin with the name that its model answers by", async () => {
    const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const stubs = await fetch(`${shared.stub.url}${request.url ?? ""}`, { method: "POST", body: await text(request) });
      const body = (await stubs.json()) as { model: string };
      sendJson(response, 200, { ...body, model: dated[body.model] ?? body.model });
    };
    await using upstream = await listening(createServer((...it) => void answer(...it)));
    const report = await verifyTwo("none", { checks: ["control", "pinning", "redis", "race"] }, upstream.url);
    assert.deepEqual([report.verdict, report.reason], ["pass", null]);
    const models = new Set(report.sessions.map(({ model }) => model));
    assert.deepEqual([...models].sort(), Object.values(dated).sort());
  });
});
