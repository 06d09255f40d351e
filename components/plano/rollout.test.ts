import assert from "node:assert/strict";
import { type DeploymentState, type ReplicaBounds, rolloutObstacle } from "./rollout";

const done: DeploymentState = {
  metadata: { generation: 3 },
  spec: { replicas: 2 },
  status: { observedGeneration: 3, replicas: 2, updatedReplicas: 2, readyReplicas: 2 },
};

describe("a rollout", () => {
  it("is done when as many replicas as asked for are new and ready", () => {
    assert.equal(rolloutObstacle(done, { minReplicas: 2, maxReplicas: 5 }), undefined);
    assert.equal(rolloutObstacle(done, { minReplicas: 1, maxReplicas: 2 }), undefined);
  });

  const usual: ReplicaBounds = { minReplicas: 2, maxReplicas: 5 };
  const cases: readonly (readonly [string, DeploymentState, ReplicaBounds, string])[] = [
    ["its last change is not seen", { ...done, metadata: { generation: 4 } }, usual, "its last change has not been taken up"],
    [
      "the autoscaler has not raised it",
      done,
      { minReplicas: 3, maxReplicas: 5 },
      "the autoscaler asks for 2 of at least 3 replicas",
    ],
    [
      "the autoscaler has not lowered it",
      done,
      { minReplicas: 1, maxReplicas: 1 },
      "the autoscaler asks for 2 of at most 1 replicas",
    ],
    [
      "old replicas are counted",
      { ...done, status: { ...done.status, updatedReplicas: 1 } },
      usual,
      "1 of 2 replicas are of the new version",
    ],
    [
      "old replicas still run",
      { ...done, status: { ...done.status, replicas: 3 } },
      usual,
      "1 replicas too many are still running",
    ],
    ["one is not ready", { ...done, status: { ...done.status, readyReplicas: 1 } }, usual, "1 of 2 replicas are ready"],
    ["nothing is known", {}, usual, "the autoscaler asks for 0 of at least 2 replicas"],
  ];
  for (const [name, state, bounds, obstacle] of cases) {
    it(`is not done while ${name}`, () => assert.equal(rolloutObstacle(state, bounds), obstacle));
  }
});
