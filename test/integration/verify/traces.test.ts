import assert from "node:assert/strict";
import { FakeDeployment } from "./fake-deployment";
import { optionsFor, summaryOf } from "./fake-deployment-options";
import { verify } from "./report-schema";

describe("traces", () => {
  const checks = ["control", "pinning", "traces"];

  it("pass when unpinned requests were routed and pinned ones were not", async () => {
    await using deployment = await FakeDeployment.start();
    const report = await verify(optionsFor(deployment, { checks }));
    assert.deepEqual([report.verdict, report.reason], ["pass", null]);
    assert.equal(
      summaryOf(report, "traces"),
      "6 unpinned requests were routed and 12 pinned ones were not, on all 2 replicas; each replica names a pod of its own",
    );
  });

  it("fail when pinned requests were routed, also when those spans come late", async () => {
    await using deployment = await FakeDeployment.start();
    deployment.routesPinned = true;
    deployment.spanDelayMs.routing = 800;
    const report = await verify(optionsFor(deployment, { checks }));
    assert.equal(report.verdict, "fail");
    assert.match(report.reason ?? "", /^traces: trace [0-9a-f]{32}: a pinned request to [ab] was routed again \(and 11 more\)$/);
  });

  it("are unknown when Jaeger refuses the connection", async () => {
    await using deployment = await FakeDeployment.start();
    const options = optionsFor(deployment, { checks });
    await deployment.kill("jaeger");
    const report = await verify(options);
    assert.equal(report.verdict, "unknown");
    assert.match(report.reason ?? "", /^traces: Jaeger at http:\/\/127\.0\.0\.1:\d+ refused the connection$/);
  });
});
