import { strict as assert } from "node:assert";
import { faultIds } from "../../verify/disruption/soak/options";
import { removeLeftovers } from "../stacks/leftovers";
import { soakStack } from "../stacks/soak-run";
import { TestStack } from "../stacks/stack";
import { skipBecause } from "../../lib/testing/skip";

/** The soak that docs/soak.md shows, as a test. */
describe("a soak of fifteen minutes on a sandbox", () => {
  let stack: TestStack;

  before(async function () {
    if (process.platform !== "linux" || process.getuid?.() !== 0) skipBecause(this, "the sandbox needs Linux and root");
    await removeLeftovers();
    stack = await TestStack.create("e2e-long-soak", { proof: { enabled: false } });
    await stack.must(["up", "--yes", "--skip-preview"]);
  });

  after(async () => {
    await stack?.[Symbol.asyncDispose]();
  });

  it("passes with 5,000 live sessions and every fault again and again", async () => {
    const { code, output, report } = await soakStack(stack, ["--minutes", "15"]);
    assert.equal(code, 0, output);
    assert.ok(report.sessions.peak >= 5_000, String(report.sessions.peak));
    assert.deepEqual([...new Set(report.faults.map(({ id }) => id))].sort(), [...faultIds].sort());
    assert.equal(report.answers.lost + report.answers.outside, 0);
  });
});
