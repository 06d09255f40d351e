import assert from "node:assert/strict";
import type { Report } from "../../../verify";
import { FakeDeployment, sendJson } from "./fake-deployment";
import { optionsFor } from "./fake-deployment-options";
import { verify } from "./report-schema";
import { checkOf, said, scene, verifyGateways, type Trial } from "./trial-gateways";

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

describe("the check race, on replicas that misbehave", () => {
  it("is unknown when one replica answers no session of it", async () => {
    await using deployment = await FakeDeployment.start();
    deployment.misbehaviour.set("b", ({ session }, response) => {
      if (session?.includes("race") !== true) return false;
      sendJson(response, 500, { error: { message: "crashed" } });
      return true;
    });
    const report = await verify(optionsFor(deployment, { checks: ["race"] }));
    assert.match(
      said(report, "race"),
      /^unknown: in none of 8 sessions were two .* at once, e\.g\. \S+-race-001: b did not answer: HTTP 500: crashed$/,
    );
    assert.equal(report.verdict, "unknown");
  });
});
