import assert from "node:assert/strict";
import { exitCode, type Report, type Verdict } from "./report";
import { judge, type Circumstances } from "./verdict";

const calm: Circumstances = {
  sessions: 4,
  failures: { count: 0, first: undefined },
  maxFailedRequests: 0,
  changes: [],
  interrupted: false,
};

function check(id: string, verdict: Verdict) {
  return { id, verdict, summary: `${id} is ${verdict}` };
}

describe("judge", () => {
  it("passes, without a reason, when every check passed", () => {
    assert.deepEqual(judge([check("x", "pass"), check("y", "pass")], calm), { verdict: "pass", reason: null });
  });

  it("passes with as many failed requests as may be", () => {
    const some = { ...calm, maxFailedRequests: 3, failures: { count: 3, first: "a: HTTP 500" } };
    assert.equal(judge([check("x", "pass")], some).verdict, "pass");
  });

  it("fails for one failed check, whatever else is unknown or changed", () => {
    const changed = { ...calm, changes: ["pod a restarted"], failures: { count: 1, first: "a: HTTP 500" } };
    assert.deepEqual(judge([check("x", "unknown"), check("y", "fail")], changed), { verdict: "fail", reason: "y: y is fail" });
  });

  const unknowns: readonly [string, Parameters<typeof judge>, string][] = [
    ["a check is", [[check("x", "pass"), check("y", "unknown")], calm], "y: y is unknown"],
    ["there is no check", [[], calm], "no session was played, which proves nothing about affinity"],
    [
      "no session was played",
      [[check("x", "pass")], { ...calm, sessions: 0 }],
      "no session was played, which proves nothing about affinity",
    ],
    [
      "a request failed",
      [[check("x", "pass")], { ...calm, failures: { count: 1, first: "a: HTTP 500" } }],
      "1 request failed (--max-failed-requests 0), the first to a: HTTP 500",
    ],
    [
      "more requests failed than may",
      [[check("x", "pass")], { ...calm, maxFailedRequests: 2, failures: { count: 3, first: "a: HTTP 500" } }],
      "3 requests failed (--max-failed-requests 2), the first to a: HTTP 500",
    ],
    [
      "a pod changed",
      [[check("x", "pass")], { ...calm, changes: ["pod a restarted"] }],
      "the deployment changed during the run: pod a restarted",
    ],
    ["it was interrupted, even after a failure", [[check("x", "fail")], { ...calm, interrupted: true }], "interrupted"],
  ];
  for (const [name, args, reason] of unknowns) {
    it(`is unknown when ${name}`, () => assert.deepEqual(judge(...args), { verdict: "unknown", reason }));
  }
});

describe("exitCode", () => {
  const report = (verdict: Verdict, checks: readonly ReturnType<typeof check>[] = []): Report =>
    ({ verdict, checks }) as unknown as Report;

  it("is 0 for pass, 1 for fail, 2 for unknown", () => {
    assert.deepEqual(
      (["pass", "fail", "unknown"] as const).map((verdict) => exitCode(report(verdict))),
      [0, 1, 2],
    );
  });

  it("follows the one check of a smoke test, whose verdict is always unknown", () => {
    const codes = (["pass", "fail", "unknown"] as const).map((verdict) => exitCode(report("unknown", [check("smoke", verdict)])));
    assert.deepEqual(codes, [0, 1, 2]);
  });
});
