import { strict as assert } from "node:assert";
import { stepByStep } from "../../../lib/testing/skip";
import { namespace, patchOf } from "../../stacks/kube";
import { LoadedReplicas } from "../../stacks/loaded-replicas";
import type { TestStack } from "../../stacks/stack";

/** Each test goes on where the one before ended. test/soak/without-drain.test.ts takes the protections away. */
export function drain(theStack: () => TestStack): void {
  describe("replicas that end on purpose on a sandbox", function () {
    stepByStep(this);
    let replicas: LoadedReplicas;

    before(async () => void (replicas = await LoadedReplicas.of(theStack(), 3)));
    after(() => replicas?.stopLoad());

    /** A test that what is done takes no request away, although every replica has some of them all the time. */
    const losesNothing = (title: string, what: () => Promise<void>): unknown =>
      it(title, async () => {
        const before = replicas.load.answered;
        await what();
        assert.deepEqual([...replicas.load.failures], []);
        assert.ok(replicas.load.answered > before, "requests were answered meanwhile");
      });
    const leftOf = async (old: readonly string[]): Promise<string[]> =>
      (await replicas.names()).filter((name) => old.includes(name));

    losesNothing("lose no request in a rollout", async () => {
      const old = await replicas.names();
      assert.equal(old.length, 3);
      await replicas.restart();
      await replicas.settled("plano", 3);
      assert.deepEqual(await leftOf(old), [], "all replicas were replaced");
      assert.equal(replicas.fewestReady, 3);
    });

    losesNothing("lose none when a pod is deleted, which goes with its last answer and not at the limit", async () => {
      const [name = ""] = await replicas.names();
      await replicas.kube.core.deleteNamespacedPod({ namespace, name });
      const seconds = await replicas.settled("plano", 3);
      assert.deepEqual(await leftOf([name]), [], `${name} is gone`);
      assert.ok(seconds >= 5 && seconds < 58, `it took ${seconds} s; the limit is 60 s`);
    });

    losesNothing("lose none when the autoscaler takes a replica away", async () => {
      // Above the most replicas it waits for no figures.
      const body = { spec: { minReplicas: 2, maxReplicas: 2 } };
      const plano = { namespace, name: "plano", body };
      await replicas.kube.autoscaling.patchNamespacedHorizontalPodAutoscaler(plano, await patchOf("merge"));
      await replicas.settled("plano", 2);
    });

    losesNothing("lose none when all of them are evicted, one after another as the disruption budget allows", async () => {
      const old = await replicas.names();
      let refusals = 0;
      for (const name of old) refusals += await replicas.evict(name);
      assert.ok(refusals > 0, "the second had to wait for the first one's successor");
      await replicas.settled("plano", 2);
      assert.deepEqual(await leftOf(old), [], "all replicas were evicted");
    });
  });
}
