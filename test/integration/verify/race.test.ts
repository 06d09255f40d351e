import assert from "node:assert/strict";
import type { Report } from "../../../verify";
import { checkOf, scene, verifyGateways, type Trial } from "./trial-gateways";

/** Stand-in gateways as real processes, with a real Redis. */
describe("the check race", function () {
  this.timeout(30_000);
  // A routing model takes its time, as real ones do: that is what makes first requests race.
  const shared = scene({ latencyMs: 20 });

  function race(trial: Partial<Trial> = {}): Promise<Report> {
    return verifyGateways({ checks: ["race"], gateway: { redisUrl: shared.redis.url, stubUrl: shared.stub.url }, ...trial });
  }

  it("passes on a healthy gateway: first answers differ, then three replicas agree", async () => {
    const report = await race({ replicas: ["a", "b", "c"] });
    const { verdict, summary, evidence } = checkOf(report, "race");
    assert.deepEqual([verdict, report.verdict, report.reason], ["pass", "pass", null]);
    assert.match(
      summary,
      /^8 sessions were begun on 3 replicas at once: [1-8] got different first answers, all agreed afterwards, the slowest after \d+ ms$/,
    );
    assert.deepEqual([evidence["raced"], evidence["judged"]], [8, 8]);
    const own = report.sessions.filter(({ id }) => /^[0-9a-f]{8}-race-00[1-8]$/.test(id));
    assert.equal(own.length, 8);
    for (const { verdict, replicas } of own) assert.deepEqual([verdict, replicas.length], ["pass", 3 + 1 + 2 * 3]);
  });

  it("begins sessions that were never pinned, also with a fixed prefix", async () => {
    const options = { sessionPrefix: "fixed-" };
    assert.equal((await race({ options })).verdict, "pass");
    const again = checkOf(await race({ options }), "race");
    assert.equal(again.verdict, "pass");
    assert.match(JSON.stringify(again.evidence), /"id":"fixed-race-[0-9a-f]{8}-001"/);
    assert.notEqual(again.evidence["differingFirstAnswers"], 0);
  });
});
