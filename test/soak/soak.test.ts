import { strict as assert } from "node:assert";
import { faultIds } from "../../verify/disruption/soak/options";
import { soakStack } from "../stacks/soak-run";
import { stackOfSuite } from "../stacks/stack";

/** The soak that docs/soak.md shows, as a test. */
describe("a soak of fifteen minutes on a sandbox", () => {
  const theStack = stackOfSuite("e2e-long-soak", { proof: { enabled: false } });
  before(() => theStack().up());

  it("passes with 5,000 live sessions and every fault again and again", async () => {
    const { code, output, report } = await soakStack(theStack(), ["--minutes", "15"]);
    assert.equal(code, 0, output);
    assert.ok(report.sessions.peak >= 5_000, String(report.sessions.peak));
    assert.deepEqual([...new Set(report.faults.map(({ id }) => id))].sort(), [...faultIds].sort());
    assert.equal(report.answers.lost + report.answers.outside, 0);
  });
});
