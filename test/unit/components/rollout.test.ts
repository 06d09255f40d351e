import assert from "node:assert/strict";
import { type DeploymentState, rolloutObstacle } from "../../../components/rollout";

const done: DeploymentState = {
  metadata: { generation: 3 },
  spec: { replicas: 2 },
  status: { observedGeneration: 3, replicas: 2, updatedReplicas: 2, readyReplicas: 2 },
};

describe("a rollout", () => {
  it("is done when as many replicas as asked for are new and ready", () => {
    assert.equal(rolloutObstacle(done, 2), undefined);
    assert.equal(rolloutObstacle(done, 1), undefined);
  });

  const cases: readonly (readonly [string, DeploymentState, number, string])[] = [
    ["its last change is not seen", { ...done, metadata: { generation: 4 } }, 2, "its last change has not been taken up"],
    ["the autoscaler has not raised it", done, 3, "the autoscaler asks for 2 of at least 3 replicas"],
    ["old replicas are counted", { ...done, status: { ...done.status, updatedReplicas: 1 } }, 2, "1 of 2 replicas are of the new version"],
    ["old replicas still run", { ...done, status: { ...done.status, replicas: 3 } }, 2, "1 replicas too many are still running"],
    ["one is not ready", { ...done, status: { ...done.status, readyReplicas: 1 } }, 2, "1 of 2 replicas are ready"],
    ["nothing is known", {}, 2, "the autoscaler asks for 0 of at least 2 replicas"],
  ];
  for (const [name, state, least, obstacle] of cases) {
    it(`is not done while ${name}`, () => assert.equal(rolloutObstacle(state, least), obstacle));
  }
});
