import assert from "node:assert/strict";
import type { Report } from "../../../verify";
import { checkOf, said, scene, verifyGateways, type Trial } from "./trial-gateways";

const model = "openai/gpt-(4o-mini|5\\.2)";

/** Stand-in gateways as real processes, with a real Redis. */
describe("the check expiry", function () {
  this.timeout(30_000);
  const shared = scene();

  function outlive(ttlSeconds: number, trial: Partial<Trial> = {}): Promise<Report> {
    const gateway = { redisUrl: shared.redis.url, stubUrl: shared.stub.url, ttlSeconds };
    return verifyGateways({ checks: ["expiry"], gateway, ...trial });
  }

  it("passes on a healthy gateway, and says first how long it takes", async () => {
    const phases: string[] = [];
    const progress = ({ phase }: { readonly phase: string }): void => void phases.push(phase);
    const report = await outlive(2, { progress });
    assert.deepEqual([report.verdict, report.reason], ["pass", null]);
    assert.equal(
      checkOf(report, "expiry").summary,
      "4 sessions kept their model on all 2 replicas at 50 % and 90 % of 2 s, were routed anew after it, and agreed again",
    );
    const own = phases.filter((phase) => phase.startsWith("expiry"));
    assert.equal(own[0], "expiry: 4 sessions, for as long as a pin lives: 2 s (--ttl)");
    const sessions = report.sessions.filter(({ id }) => /^[0-9a-f]{8}-expiry-00[1-4]$/.test(id));
    for (const { models, verdict } of sessions) {
      assert.deepEqual([verdict, new Set(models.slice(0, 5)).size, new Set(models.slice(5)).size], ["pass", 1, 1]);
      assert.notEqual(models[0], models[5]);
    }
    assert.equal(sessions.length, 4);
  });

  it("fails when pins live shorter than --ttl says, and asks whether that is right", async () => {
    const report = await outlive(1, { options: { ttlSeconds: 3 } });
    assert.equal(report.verdict, "fail");
    assert.match(
      report.reason ?? "",
      new RegExp(
        `^expiry: \\S+-expiry-001: [ab] answered ${model} 1\\.\\d s after the pin had settled, although it had answered ${model} ` +
          "and a pin lives 3 s; is --ttl 3 what the gateway has as session_ttl_seconds\\?",
      ),
    );
  });

  it("ends at once when it is called off, with what was seen", async () => {
    const interruption = new AbortController();
    let calledOffAt = Infinity;
    const progress: Trial["progress"] = ({ phase, done }) => {
      if (!phase.startsWith("expiry") || done === undefined || done < 1 || interruption.signal.aborted) return;
      calledOffAt = performance.now();
      interruption.abort();
    };
    const report = await outlive(600, { progress, options: { signal: interruption.signal } });
    assert.ok(performance.now() - calledOffAt < 5_000);
    assert.deepEqual([report.verdict, report.reason], ["unknown", "interrupted"]);
    assert.equal(said(report, "expiry"), "unknown: interrupted");
    const own = report.sessions.filter(({ id }) => id.includes("-expiry-"));
    assert.deepEqual(
      own.map(({ models, verdict }) => [models.length, verdict]),
      Array.from({ length: 4 }, () => [1, "unknown"]),
    );
  });
});
