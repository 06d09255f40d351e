import assert from "node:assert/strict";
import { checkOf, scene, verifyGateways, type Trial } from "./trial-gateways";

/** Stand-in gateways as real processes, with a real Redis. */
describe("the checks that play sessions of their own", function () {
  this.timeout(30_000);
  // A routing model takes its time, as real ones do: that is what makes first requests race.
  const shared = scene({ latencyMs: 20 });

  const gateway = () => ({ redisUrl: shared.redis.url, stubUrl: shared.stub.url });
  const race = (trial: Partial<Trial> = {}) => verifyGateways({ checks: ["race"], gateway: gateway(), ...trial });

  it("race passes on a healthy gateway: first answers differ, then three replicas agree", async () => {
    const report = await race({ replicas: ["a", "b", "c"] });
    const { verdict, summary, evidence } = checkOf(report, "race");
    assert.deepEqual([verdict, report.verdict, report.reason], ["pass", "pass", null]);
    assert.match(
      summary,
      /^[4-8] sessions were begun on 3 replicas at once: [1-8] got different first answers, all agreed afterwards, the slowest after \d+ ms$/,
    );
    const own = report.sessions.filter(({ id }) => /^[0-9a-f]{8}-race-00[1-8]$/.test(id));
    assert.deepEqual([evidence["raced"], evidence["judged"]], [own.length, own.length]);
    assert.ok(own.length === 8 || Number(evidence["differingFirstAnswers"]) >= 4, `${own.length} sessions`);
    for (const { verdict, replicas } of own) assert.deepEqual([verdict, replicas.length], ["pass", 3 * 3]);
  });

  it("race begins sessions that were never pinned, also with a fixed prefix", async () => {
    const options = { sessionPrefix: "fixed-" };
    assert.equal((await race({ options })).verdict, "pass");
    const again = checkOf(await race({ options }), "race");
    assert.equal(again.verdict, "pass");
    assert.match(JSON.stringify(again.evidence), /"id":"fixed-race-[0-9a-f]{8}-001"/);
    assert.notEqual(again.evidence["differingFirstAnswers"], 0);
  });

  it("expiry passes on a healthy gateway", async () => {
    const report = await verifyGateways({ checks: ["expiry"], gateway: { ...gateway(), ttlSeconds: 5 } });
    assert.deepEqual([report.verdict, report.reason], ["pass", null]);
    assert.equal(
      checkOf(report, "expiry").summary,
      "4 sessions kept their model on all 2 replicas at 50 % and 80 % of 5 s, were routed anew after it, and agreed again",
    );
  });
});
