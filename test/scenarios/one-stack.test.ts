import { stackOfSuite } from "../stacks/stack";
import { badTraffic } from "./one-stack/bad-traffic";
import { drain } from "./one-stack/drain";
import { externalRedis } from "./one-stack/external-redis";
import { faults } from "./one-stack/faults";
import { inCluster } from "./one-stack/in-cluster";
import { networkPolicies } from "./one-stack/policies";
import { rollout } from "./one-stack/rollout";
import { twoMinutesSoak } from "./one-stack/soak";

/** Suites that can go on with the stack as another left it share one: making it takes longer than many of their tests. */
describe("one stack on a sandbox", () => {
  const theStack = stackOfSuite("e2e-one-stack");
  before(() => theStack().up());

  faults(theStack);

  describe("with two replicas and no more, which have to bear it", () => {
    before(async () => {
      await theStack().configure({ minReplicas: 2, maxReplicas: 2 });
      await theStack().up();
    });

    inCluster(theStack);
    networkPolicies(theStack);
    badTraffic(theStack);
    twoMinutesSoak(theStack);
    rollout(theStack);
    externalRedis(theStack);
  });

  drain(theStack);
});
