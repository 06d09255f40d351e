import assert from "node:assert/strict";
import { defaultOptions, type Report, type VerifyOptions } from "../../../verify";
import { FakeDeployment, prompts } from "./fake-deployment";
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

  const cases: readonly [id: string, options: Partial<VerifyOptions>, end: End, mostLate: number][] = [
    // Two first requests, the probe, and the first of the two that read; the other of them is under way.
    ["race", {}, { session: "race-002", request: 4 }, 1],
    // The first request, two reads twice, and the one that routes anew.
    ["expiry", { ttlSeconds: 1 }, { session: "expiry-001", request: 6 }, 0],
  ];
  for (const [id, options, end, mostLate] of cases) {
    it(`sends no further round of ${id}, and ends at once, with what was seen`, async () => {
      const { report, late } = await verifyUntil(end, { checks: [id], ...options });
      assert.deepEqual([report.verdict, report.reason, checkOf(report, id).verdict], ["unknown", "interrupted", "unknown"]);
      assert.ok(report.sessions.some((session) => session.id.endsWith(`${id}-001`)));
      assert.ok(late <= mostLate, `${late} requests were sent after the end`);
    });
  }
});
