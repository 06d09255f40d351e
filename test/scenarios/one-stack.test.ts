import { skipBecause } from "../../lib/testing/skip";
import { removeLeftovers } from "../stacks/leftovers";
import { badTraffic } from "./one-stack/bad-traffic";
import { inCluster } from "./one-stack/in-cluster";
import { networkPolicies } from "./one-stack/policies";
import { twoMinutesSoak } from "./one-stack/soak";
import { TestStack } from "../stacks/stack";

/** Suites that leave a stack as it was share one: making it takes longer than many of their tests. */
describe("one stack on a sandbox", () => {
  let stack: TestStack;
  const theStack = (): TestStack => stack;

  before(async function () {
    if (process.platform !== "linux" || process.getuid?.() !== 0) skipBecause(this, "the sandbox needs Linux and root");
    await removeLeftovers();
    // No more replicas than at first: what is to be seen is that these two bear it.
    stack = await TestStack.create("e2e-one-stack", { minReplicas: 2, maxReplicas: 2 });
    await stack.must(["up", "--yes", "--skip-preview"]);
  });

  after(async () => {
    await stack?.[Symbol.asyncDispose]();
  });

  inCluster(theStack);
  networkPolicies(theStack);
  badTraffic(theStack);
  twoMinutesSoak(theStack);
});
