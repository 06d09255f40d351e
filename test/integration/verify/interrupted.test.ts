import assert from "node:assert/strict";
import { defaultOptions, type Report, type VerifyOptions } from "../../../verify";
import { FakeDeployment } from "./fake-deployment";
import { prompts } from "./fake-deployment-options";
import { verify } from "./report-schema";
import { checkOf } from "./trial-gateways";

/** From a certain request of one session on, no replica answers any more, and the run is called off. */
interface End {
  /** What the session's id ends with. */
  readonly session: string;
  /** Number of the request within its session, from 1. */
  readonly request: number;
}

/** @returns the report, and how many requests were sent after the end */
async function verifyUntil(end: End, options: Partial<VerifyOptions>): Promise<{ report: Report; late: number }> {
  await using deployment = await FakeDeployment.start();
  const interruption = new AbortController();
  const { signal } = interruption;
  let late = 0;
  for (const { name } of deployment.replicas) {
    deployment.misbehaviour.set(name, ({ session = "" }) => {
      if (signal.aborted) late++;
      const number = deployment.requests.filter((request) => request.session === session).length;
      if (session.endsWith(end.session) && number === end.request) interruption.abort();
      return signal.aborted;
    });
  }
  const target = { kind: "replicas" as const, replicas: deployment.replicas };
  const report = await verify({ ...defaultOptions, target, prompts, concurrency: 1, sessions: 2, signal, ...options });
  return { report, late };
}

describe("a run that is called off when the replicas stop answering", function () {
  this.timeout(10_000);

  it("sends no further round of race, and ends at once", async () => {
    // Two first requests, the probe, and the first of the two that read.
    const { report, late } = await verifyUntil({ session: "race-002", request: 4 }, { checks: ["race"] });
    assert.deepEqual([report.verdict, report.reason], ["unknown", "interrupted"]);
    assert.equal(checkOf(report, "race").verdict, "unknown");
    assert.ok(late <= 1, `${late} requests, and only the other one that reads was under way`);
  });

  it("sends no further round of expiry, and ends at once", async () => {
    // The first request, two reads twice, and the one that routes anew.
    const options = { checks: ["expiry"], ttlSeconds: 1 };
    const { report, late } = await verifyUntil({ session: "expiry-001", request: 6 }, options);
    assert.deepEqual([report.verdict, report.reason], ["unknown", "interrupted"]);
    assert.equal(checkOf(report, "expiry").verdict, "unknown");
    assert.equal(late, 0);
  });
});
