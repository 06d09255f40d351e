import { strict as assert } from "node:assert";
import { soakStack } from "../../stacks/soak-run";
import type { TestStack } from "../../stacks/stack";

/** The stack as it is, with a stand-in that like Plano 0.4.27 never connects to Redis again. `npm run test:soak` has more. */
export function twoMinutesSoak(theStack: () => TestStack): void {
  describe("a soak of two minutes on a sandbox", () => {
    it("breaks no pin and loses no request, but for those of an outage of Redis", async () => {
      const faults = ["rollout", "redis-restarted", "pod-deleted"];
      const args = ["--minutes", "2", "--sessions", "500", "--rate", "60", "--faults", faults.join()];
      const { code, output, report } = await soakStack(theStack(), args);
      assert.equal(code, 0, output);
      assert.equal(report.verdict, "pass");
      assert.deepEqual(
        report.faults
          .slice(0, 3)
          .map(({ id }) => id)
          .sort(),
        [...faults].sort(),
      );
      for (const { id, verdict, recoveredMs } of report.faults) assert.ok(verdict === "pass" && recoveredMs !== null, id);
      assert.ok(report.sessions.peak >= 500, String(report.sessions.peak));
      assert.equal(report.answers.lost + report.answers.outside, 0);
      assert.ok(report.answers.held > 2_000, String(report.answers.held));
      assert.ok(report.answers.inside > 0, "while Redis restarts nobody has pins: otherwise it was not away");
    });
  });
}
