import { strict as assert } from "node:assert";
import { skipBecause, stepByStep } from "../../lib/testing/skip";
import { LoadedReplicas, namespace } from "../stacks/loaded-replicas";

/** Each test goes on where the one before ended. test/soak/without-drain.test.ts takes the protections away. */
describe("replicas that end on purpose on a sandbox", function () {
  stepByStep(this);
  let replicas: LoadedReplicas;

  before(async function () {
    if (process.platform !== "linux" || process.getuid?.() !== 0) skipBecause(this, "the sandbox needs Linux and root");
    replicas = await LoadedReplicas.start("e2e-drain", 3);
  });

  after(async () => {
    await replicas?.[Symbol.asyncDispose]();
  });

  /** That what was done took no request away, although every replica had some of them all the time. */
  async function assertNothingLost(what: () => Promise<void>): Promise<void> {
    const { load } = replicas;
    const before = load.answered;
    await what();
    assert.deepEqual([...load.failures], []);
    assert.ok(load.answered > before, "requests were answered meanwhile");
  }

  it("lose no request in a rollout", () =>
    assertNothingLost(async () => {
      const old = await replicas.names();
      assert.equal(old.length, 3);
      await replicas.restart();
      await replicas.settled("plano", 3);
      const left = (await replicas.names()).filter((name) => old.includes(name));
      assert.deepEqual(left, [], "all replicas were replaced");
      assert.equal(replicas.fewestReady, 3);
    }));

  it("lose none when a pod is deleted, which goes with its last answer and not at the limit", () =>
    assertNothingLost(async () => {
      const [name = ""] = await replicas.names();
      await replicas.kube.core.deleteNamespacedPod({ namespace, name });
      const seconds = await replicas.settled("plano", 3);
      assert.equal((await replicas.names()).includes(name), false, `${name} is gone`);
      assert.ok(seconds >= 5 && seconds < 40, `it took ${seconds} s; the limit is 60 s`);
    }));

  it("lose none when the autoscaler takes a replica away", () =>
    assertNothingLost(async () => {
      const client = await import("@kubernetes/client-node");
      const options = client.setHeaderOptions("Content-Type", client.PatchStrategy.MergePatch);
      const autoscaling = replicas.kube.config.makeApiClient(client.AutoscalingV2Api);
      // Above the most replicas it waits for no figures.
      const body = { spec: { minReplicas: 2, maxReplicas: 2 } };
      await autoscaling.patchNamespacedHorizontalPodAutoscaler({ namespace, name: "plano", body }, options);
      await replicas.settled("plano", 2);
    }));

  it("lose none when all of them are evicted, one after another as the disruption budget allows", () =>
    assertNothingLost(async () => {
      const names = await replicas.names();
      let refusals = 0;
      for (const name of names) refusals += await replicas.evict(name);
      assert.ok(refusals > 0, "the second had to wait for the first one's successor");
      await replicas.settled("plano", 2);
      const left = (await replicas.names()).filter((name) => names.includes(name));
      assert.deepEqual(left, [], "all replicas were evicted");
    }));
});
