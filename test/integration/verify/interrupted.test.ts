import assert from "node:assert/strict";
import { type FakeDeployment, type Overrides, verifyFake } from "./fake-deployment";
import { checkOf } from "./trial-gateways";

/**
 * From a certain request of one session on, no replica answers any more, and the run is called off.
 * @param end what the session's id ends with, and the number of the request within its session, from 1
 * @returns the report, and how many requests were sent after the end
 */
async function verifyUntil([session, request]: readonly [string, number], options: Overrides) {
  const interruption = new AbortController();
  const { signal } = interruption;
  let late = 0;
  const stopAnswering = ({ replicas, misbehaviour, requests }: FakeDeployment): void => {
    for (const { name } of replicas) {
      misbehaviour.set(name, ({ session: id = "" }) => {
        if (signal.aborted) late++;
        if (id.endsWith(session) && requests.filter((it) => it.session === id).length === request) interruption.abort();
        return signal.aborted;
      });
    }
  };
  return { report: await verifyFake({ concurrency: 1, sessions: 2, signal, ...options }, stopAnswering), late };
}

describe("a run that is called off when the replicas stop answering", function () {
  this.timeout(60_000);

  const cases: readonly [id: string, options: Overrides, end: readonly [string, number], mostLate: number][] = [
    // Two first requests, and the first of the two that settle; the other of them is under way.
    ["race", {}, ["race-002", 3], 1],
    // The first request, two reads twice, and the one that routes anew.
    ["expiry", { ttlSeconds: 1 }, ["expiry-001", 6], 0],
    // Then the first session waits for its first read, minutes away.
    ["expiry", { ttlSeconds: 600, concurrency: 2 }, ["expiry-002", 1], 1],
  ];
  for (const [id, options, end, mostLate] of cases) {
    it(`sends no further round of ${id}, and ends at once, with what was seen (from ${end.join(", request ")} on)`, async () => {
      const { report, late } = await verifyUntil(end, { checks: [id], ...options });
      assert.deepEqual([report.verdict, report.reason, checkOf(report, id).verdict], ["unknown", "interrupted", "unknown"]);
      assert.ok(report.sessions.some((session) => session.id.endsWith(`${id}-001`)));
      assert.ok(late <= mostLate, `${late} requests were sent after the end`);
    });
  }
});
