import assert from "node:assert/strict";
import { Redis } from "ioredis";
import { defaultOptions } from "../../../verify";
import { checks } from "../../../verify/checks";
import type { Check } from "../../../verify/run/check";
import { ReportDraft } from "../../../verify/run/report-draft";
import { runChecks } from "../../../verify/run/run";
import { connectTarget } from "../../../verify/targets";
import { checkOf, targetOf, twoGateways } from "./trial-gateways";

const sessions = 4;

/** Fills Redis until none of the pins is left, as other sessions would. */
async function fill(url: string): Promise<void> {
  const redis = new Redis(url);
  const pins = await redis.keys("plano:affinity:*");
  assert.equal(pins.length, sessions);
  for (let from = 0; (await redis.exists(...pins)) > 0; from += 1_000) {
    assert.ok(from < 200_000, "Redis evicted no pins");
    const pipeline = redis.pipeline();
    for (let n = from; n < from + 1_000; n++) pipeline.set(`plano:affinity:of-others-${n}`, "x".repeat(500), "EX", 600);
    await pipeline.exec();
  }
  redis.disconnect();
}

/** A real redis-server with little memory, and stand-in gateways in front of it. */
describe("a Redis that evicts pins", function () {
  this.timeout(30_000);
  const shared = twoGateways({ maxMemory: "3mb" });
  const full =
    /Redis is full \(used_memory [\d.]+ MiB of maxmemory 3\.0 MiB, allkeys-lru; evicted_keys rose by \d+ during the run\)/;

  it("is named as the cause in the reason, where sessions changed their model for it", async () => {
    const redisUrl = shared.redis.url;
    let waiting = 0;
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    /** Fills Redis when all sessions were answered once, after the check of Redis has looked at them. */
    const meddler: Check = {
      id: "expiry",
      title: "Nothing",
      alwaysBegun: true,
      begin: async () => ({
        async firstAnswered() {
          if (++waiting === sessions) await fill(redisUrl).then(open);
          await opened;
        },
        conclude: async () => ({ verdict: "pass", summary: "", evidence: {} }),
      }),
    };
    const target = targetOf([shared.a, shared.b], { redisUrl });
    const options = { ...defaultOptions, target, sessions, rounds: 3, checks: ["control", "pinning", "redis"] };
    const { signal } = new AbortController();
    await using connected = await connectTarget(target, options, () => undefined, signal);
    const draft = new ReportDraft("a test");
    const report = await runChecks([...checks, meddler], options, connected, draft, () => undefined, signal);
    assert.equal(report.verdict, "fail");
    assert.match(report.reason ?? "", /^pinning: .* answered .* in round 2, although .*; Redis is full /);
    assert.match(report.reason ?? "", full);
    const { summary, evidence } = checkOf(report, "redis");
    assert.match(
      summary,
      /^the value of key plano:affinity:\S+ changed while the session was pinned \(and 3 more\), or it was evicted and written anew: Redis is full /,
    );
    assert.match(JSON.stringify(evidence["cause"]), full);
  });
});
