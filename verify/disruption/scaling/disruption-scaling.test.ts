import assert from "node:assert/strict";
import { recovery } from "../course";
import { DeploymentWatch } from "../deployment-watch";
import type { Disturbance, Inflicted } from "../disturbance";
import { defaultLimits } from "../limits";
import { scaling } from "../scaling";
import type { Stage } from "../stage";
import type { DeploymentLook, Disruptable, PodLook } from "../../targets/disruptable";
import { VirtualClock } from "../../testing/virtual-clock";

const podOf = (name: string, ready = true): PodLook => {
  const replica = { name, url: `http://${name}.test` };
  return { name, uid: `uid-${name}`, ready, leaving: false, state: "ready", ...(ready ? { replica } : {}) };
};

const lookOf = (wanted: number, ...pods: readonly PodLook[]): DeploymentLook => ({
  ...{ wanted, observed: true, updated: wanted, revision: "1", pods },
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

const changedBack = (wanted: number): string => `somebody else has changed the scale: 3 replicas are wanted, not ${wanted}`;

describe("a changed scale", () => {
  for (const [id, pending, proof, settled] of [
    ["replica-added", lookOf(4, a, b, c, podOf("d", false)), "there is d (uid uid-d)", lookOf(4, a, b, c, d)],
    ["replica-removed", lookOf(2, a, b, { ...c, ready: false, leaving: true }), "c (uid uid-c) ends", lookOf(2, a, b)],
  ] as const) {
    it(`is judged when all are ready, and not when somebody else changes it meanwhile: ${id}`, async () => {
      await scene(scaling[id], async ({ inflicted, held, become, recover }) => {
        const { wanted } = settled;
        assert.ok("seen" in (await inflicted.landed()));
        await become(pending);
        assert.deepEqual(await inflicted.landed(), { done: `${wanted} replicas are wanted, and ${proof}` });
        await become(settled);
        assert.equal(await recover(), undefined);
        assert.equal(inflicted.outcome?.(settled), undefined);
        await become(three);
        const summary = `not recovered 10 s after a replica was ${id.slice(8)}: ${changedBack(wanted)}`;
        assert.deepEqual(await recover(), { verdict: "unknown", summary, unshared: false });
        assert.throws(() => inflicted.outcome?.(three), { name: "Unmeasurable", message: changedBack(wanted) });
        assert.deepEqual(held, [wanted]);
      });
    });
  }

  it("is not judged without the replica that was added", async () => {
    await scene(scaling["replica-added"], async ({ inflicted, become }) => {
      await become(lookOf(4, a, b, c, podOf("d", false)));
      assert.ok("done" in (await inflicted.landed()));
      const gone = { name: "Unmeasurable", message: "d was added, and is not among the replicas any more" };
      assert.throws(() => inflicted.outcome?.(lookOf(4, a, b, c, podOf("e"))), gone);
    });
  });
});
