import { strict as assert } from "node:assert";
import type { DisruptionEvent } from "../../verify/disruption/event";
import { stepByStep } from "../../lib/testing/skip";
import { connect, namespace, podNames } from "../stacks/kube";
import { assertUnchanged, stackOfSuite } from "../stacks/stack";

/** One stack; each test goes on where the one before ended. */
describe("a Redis of three on a sandbox", function () {
  stepByStep(this);
  const theStack = stackOfSuite("e2e-redis-failover", { redisReplicas: 3 });
  before(() => theStack().up());

  it("has three members, and a proof that passed with the pins in the master", async () => {
    assert.deepEqual(await podNames(await connect(theStack()), "redis"), ["redis-0", "redis-1", "redis-2"]);
    const { checks } = await theStack().affinity();
    assert.deepEqual(checks.find(({ id }) => id === "redis")?.verdict, "pass");
  });

  it("keeps the pins when its master is deleted", async () => {
    const { report } = await theStack().verify(["--namespace", namespace, "--checks", "faults", "--yes"], 0);
    const { checks } = await report();
    const { summary, evidence } = checks.find(({ id }) => id === "faults") ?? assert.fail();
    const events = evidence["events"] as unknown as readonly DisruptionEvent[];
    assert.match(summary, /Redis paused .*; replica cut off from Redis was left out: .* as behind a proxy$/);
    const restarted = events.find(({ id }) => id === "redis-restarted");
    assert.equal(restarted?.verdict, "pass");
    assert.match(restarted?.target ?? "", /^pod redis-[012]$/);
  });

  it("leaves nothing for Pulumi to do", async () => assertUnchanged(await theStack().must("preview")));
});
