import assert from "node:assert/strict";
import { recovery } from "../course";
import { DeploymentWatch } from "../deployment-watch";
import type { Disturbance, Inflicted } from "../disturbance";
import { defaultLimits } from "../limits";
import { replicaAdded, replicaRemoved } from "../scaling";
import type { Stage } from "../stage";
import type { DeploymentLook, Disruptable, PodLook } from "../../targets/disruptable";
import { VirtualClock } from "../../testing/virtual-clock";

const podOf = (name: string, ready = true): PodLook => {
  const replica = { name, url: `http://${name}.test` };
  return { name, uid: `uid-${name}`, ready, leaving: false, state: "ready", ...(ready ? { replica } : {}) };
};

const lookOf = (wanted: number, ...pods: readonly PodLook[]): DeploymentLook => ({
  wanted,
  observed: true,
  updated: wanted,
  revision: "1",
  pods,
});

const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => podOf(name)) as [PodLook, PodLook, PodLook, PodLook];
const three = lookOf(3, a, b, c);

interface Scene {
  readonly inflicted: Inflicted;
  readonly held: readonly number[];
  /** What the Deployment looks like from now on. */
  readonly become: (look: DeploymentLook) => Promise<void>;
  /** Why there was no recovery. */
  readonly recover: () => ReturnType<typeof recovery>;
}

/** A Deployment of three replicas whose scale has just been changed; somebody else writes to it as well. */
async function scene(disturbanceOf: (disruptable: Disruptable) => Disturbance, play: (scene: Scene) => Promise<void>) {
  const clock = new VirtualClock();
  const { signal } = new AbortController();
  const held: number[] = [];
  let now = three;
  const disruptable = {
    workload: { deployment: { name: "plano", uid: "uid-plano", replicas: 3 } },
    look: async () => now,
    hold: async (replicas: number) => void held.push(replicas),
  } as unknown as Disruptable;
  const limits = { ...defaultLimits, recoverMs: 10_000 };
  const disturbance = disturbanceOf(disruptable);
  await clock.run(
    (async () => {
      await using watch = new DeploymentWatch(disruptable, clock, limits.intervalMs, signal);
      const inflicted = await disturbance.inflict(watch, three);
      const become = async (look: DeploymentLook): Promise<void> => {
        now = look;
        await clock.sleep(2 * limits.intervalMs);
      };
      const stage = { run: { clock, signal }, limits, watch } as unknown as Stage;
      await play({ inflicted, held, become, recover: () => recovery(stage, disturbance, inflicted) });
    })(),
  );
}

describe("an added replica", () => {
  it("is judged when it is ready, and wanted still", async () => {
    await scene(replicaAdded, async ({ inflicted, held, become, recover }) => {
      await become(lookOf(4, a, b, c, podOf("d", false)));
      assert.deepEqual(await inflicted.landed(), { done: "4 replicas are wanted, and there is d (uid uid-d)" });
      await become(lookOf(4, a, b, c, d));
      assert.equal(await recover(), undefined);
      assert.equal(inflicted.outcome?.(lookOf(4, a, b, c, d)), undefined);
      assert.deepEqual(held, [4]);
    });
  });

  it("is not when somebody else has changed the scale before it was ready: that is no recovery", async () => {
    await scene(replicaAdded, async ({ inflicted, become, recover }) => {
      await become(lookOf(4, a, b, c, podOf("d", false)));
      assert.ok("done" in (await inflicted.landed()));
      await become(three);
      assert.deepEqual(await recover(), {
        verdict: "unknown",
        summary:
          "not recovered 10 s after a replica was added: somebody else has changed the scale: 3 replicas are wanted, not 4",
        unshared: false,
      });
    });
  });

  it("is not when it is not among those that would be asked", async () => {
    await scene(replicaAdded, async ({ inflicted, become }) => {
      await become(lookOf(4, a, b, c, podOf("d", false)));
      assert.ok("done" in (await inflicted.landed()));
      const message = "somebody else has changed the scale: 3 replicas are wanted, not 4";
      assert.throws(() => inflicted.outcome?.(three), { name: "Unmeasurable", message });
      const gone = { name: "Unmeasurable", message: "d was added, and is not among the replicas any more" };
      assert.throws(() => inflicted.outcome?.(lookOf(4, a, b, c, podOf("e"))), gone);
    });
  });
});

describe("a removed replica", () => {
  it("is not judged when somebody else has changed the scale meanwhile", async () => {
    await scene(replicaRemoved, async ({ inflicted, held, become, recover }) => {
      await become(lookOf(2, a, b, { ...c, ready: false, leaving: true }));
      assert.deepEqual(await inflicted.landed(), { done: "2 replicas are wanted, and c (uid uid-c) ends" });
      await become(lookOf(2, a, b));
      assert.equal(await recover(), undefined);
      assert.equal(inflicted.outcome?.(lookOf(2, a, b)), undefined);
      await become(three);
      const changed = "somebody else has changed the scale: 3 replicas are wanted, not 2";
      const failure = await recover();
      assert.deepEqual(
        [failure?.verdict, failure?.summary],
        ["unknown", `not recovered 10 s after a replica was removed: ${changed}`],
      );
      assert.throws(() => inflicted.outcome?.(three), { name: "Unmeasurable", message: changed });
      assert.deepEqual(held, [2]);
    });
  });
});
