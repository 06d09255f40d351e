import assert from "node:assert/strict";
import { healthyRuns, playHealthy, Scene } from "../../../dev/mutations/play";

describe("the verifier, on a healthy gateway", function () {
  this.timeout(600_000);
  let scene: Scene;

  before(async () => (scene = await Scene.start()));
  after(() => scene?.[Symbol.asyncDispose]());

  for (const size of healthyRuns) {
    it(`passes ${size.runs} of ${size.runs} runs with ${size.replicas} replicas`, async () => {
      assert.deepEqual(await playHealthy(scene, size), []);
    });
  }
});
