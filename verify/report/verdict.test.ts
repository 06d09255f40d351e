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
  const failures = (count: number, maxFailedRequests = 0): Circumstances => {
    return { ...calm, maxFailedRequests, failures: { count, first: "a: HTTP 500" } };
  };
  const changed = { ...failures(1), changes: ["pod a restarted"] };
  const failed = (said: string, allowed: number): string =>
    `${said} failed (--max-failed-requests ${allowed}), the first to a: HTTP 500`;
  const noSession = "no session was played, which proves nothing about affinity";

  const cases: readonly [name: string, ran: string, circumstances: Circumstances, verdict: Verdict, reason: string | null][] = [
    ["every check passed", "pass pass", calm, "pass", null],
    ["as many requests failed as may", "pass", failures(3, 3), "pass", null],
    ["a check failed, whatever else is unknown or changed", "unknown fail", changed, "fail", "c1: c1 is fail"],
    ["a check is unknown", "pass unknown", calm, "unknown", "c1: c1 is unknown"],
    ["there is no check", "", calm, "unknown", noSession],
    ["no session was played", "pass", { ...calm, sessions: 0 }, "unknown", noSession],
    ["a request failed", "pass", failures(1), "unknown", failed("1 request", 0)],
    ["more requests failed than may", "pass", failures(3, 2), "unknown", failed("3 requests", 2)],
    ["a pod changed", "pass", changed, "unknown", "the deployment changed during the run: pod a restarted"],
    ["it was interrupted, even after a failure", "fail", { ...calm, interrupted: true }, "unknown", "interrupted"],
  ];
  for (const [name, ran, circumstances, verdict, reason] of cases) {
    it(`is ${verdict} when ${name}`, () => {
      const checks = ran.split(" ").filter((it) => it !== "");
      const judged = checks.map((it, i) => check(`c${i}`, it as Verdict));
      assert.deepEqual(judge(judged, circumstances), { verdict, reason });
    });
  }
});

describe("exitCode", () => {
  const report = (verdict: Verdict, checks: readonly ReturnType<typeof check>[] = []): Report =>
    ({ verdict, checks }) as unknown as Report;

  it("is 0 for pass, 1 for fail, 2 for unknown, and that of the one check of a smoke test", () => {
    const verdicts = ["pass", "fail", "unknown"] as const;
    const smoke = verdicts.map((verdict) => exitCode(report("unknown", [check("smoke", verdict)])));
    const others = verdicts.map((verdict) => exitCode(report(verdict)));
    assert.deepEqual([others.join(), smoke.join()], ["0,1,2", "0,1,2"]);
  });
});
