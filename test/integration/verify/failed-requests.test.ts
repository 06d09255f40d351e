import assert from "node:assert/strict";
import { FakeDeployment, sendJson } from "./fake-deployment";
import { optionsFor } from "./fake-deployment-options";
import { verify } from "./report-schema";

describe("verify", () => {
  it("is unknown when one of two replicas is dead", async () => {
    await using deployment = await FakeDeployment.start();
    const options = optionsFor(deployment);
    await deployment.kill("b");
    const report = await verify(options);
    assert.deepEqual([report.verdict, report.reason], ["unknown", "control: replica b did not answer: connection refused"]);
    assert.deepEqual([report.requests.total, report.requests.failed], [4, 3]);
  });

  it("is unknown when a replica dies during the run, and ends soon", async () => {
    await using deployment = await FakeDeployment.start();
    const options = optionsFor(deployment, { sessions: 50 });
    deployment.misbehaviour.set("b", ({ session }, response) => {
      if (session === undefined) return false;
      void deployment.kill("b");
      response.destroy();
      return true;
    });
    const report = await verify(options);
    assert.equal(report.verdict, "unknown");
    assert.match(report.reason ?? "", /^pinning: \w+-0\d\d: round [12] was not answered by b: connection (refused|reset)/);
  });

  for (const [maxFailedRequests, verdict, reason] of [
    [0, "unknown", "1 request failed (--max-failed-requests 0), the first to a: HTTP 503: busy"],
    [1, "pass", null],
  ] as const) {
    it(`repairs a busy answer by a retry, which is ${verdict} when ${maxFailedRequests} requests may fail`, async () => {
      await using deployment = await FakeDeployment.start();
      let busy = true;
      deployment.misbehaviour.set("a", ({ session }, response) => {
        if (session === undefined || !busy) return false;
        busy = false;
        sendJson(response, 503, { error: { message: "busy" } });
        return true;
      });
      const report = await verify(optionsFor(deployment, { maxFailedRequests }));
      assert.deepEqual([report.verdict, report.reason], [verdict, reason]);
      assert.deepEqual([report.requests.failed, report.requests.total], [1, 25]);
    });
  }

  it("is never a pass when a request of control was not answered", async () => {
    await using deployment = await FakeDeployment.start();
    deployment.misbehaviour.set("b", ({ prompt }, response) => {
      if (prompt !== "deep two") return false;
      sendJson(response, 500, { error: { message: "worker crashed" } });
      return true;
    });
    const report = await verify(optionsFor(deployment));
    assert.deepEqual(
      report.checks.map(({ verdict }) => verdict),
      ["pass", "pass"],
    );
    assert.deepEqual(
      [report.verdict, report.reason],
      ["unknown", "1 request failed (--max-failed-requests 0), the first to b: HTTP 500: worker crashed"],
    );
  });
});
