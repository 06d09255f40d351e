import assert from "node:assert/strict";
import { scaling } from "./scaling";
import type { Disturbance, Stage } from "./stage";
import { Unmeasurable } from "../common/errors";
import type { DeploymentLook, PodLook } from "../targets/disruptable";

const podOf = (name: string, leaving = false): PodLook => ({
  ...{ name, uid: `uid-${name}`, ready: !leaving, leaving, state: "", replica: { name, url: `http://${name}.test` } },
});
const lookOf = (wanted: number, pods: string, ...more: readonly PodLook[]): DeploymentLook => ({
  ...{ wanted, observed: true, updated: wanted, revision: "1", pods: [...[...pods].map((name) => podOf(name)), ...more] },
});
const three = lookOf(3, "abc");
const [added, removed] = scaling as readonly [Disturbance, Disturbance];

/** Has the scale of three replicas changed. */
async function change({ inflict }: Disturbance) {
  const held: number[] = [];
  let now = three;
  const disruptable = { workload: { deployment: { name: "plano" } }, hold: async (wanted: number) => void held.push(wanted) };
  const stage = { disruptable, watch: { fromNow: () => () => now } };
  const become = (look: DeploymentLook): void => void (now = look);
  return { ...(await inflict(stage as unknown as Stage, three)), held, become };
}

describe("a changed scale", () => {
  for (const [disturbance, pending, settled] of [
    [added, lookOf(4, "abcd"), lookOf(4, "abcd")],
    [removed, lookOf(2, "ab", podOf("c", true)), lookOf(2, "ab")],
  ] as const) {
    it(`is not judged when somebody else changes it meanwhile: ${disturbance.id}`, async () => {
      const { landed, missing, outcome, held, become } = await change(disturbance);
      await assert.rejects(landed(), new Unmeasurable("3 replicas are wanted"));
      become(pending);
      await landed();
      assert.deepEqual([await missing?.(settled), outcome?.(settled), held], [undefined, undefined, [settled.wanted]]);
      const message = `somebody else has changed the scale: 3 replicas are wanted, not ${settled.wanted}`;
      assert.equal(await missing?.(three), message);
      assert.throws(() => outcome?.(three), { name: "Unmeasurable", message });
    });
  }

  it("is not judged without the replica that was added", async () => {
    const { landed, outcome, become } = await change(added);
    become(lookOf(4, "abcd"));
    await landed();
    const message = "d was added, and is not among the replicas any more";
    assert.throws(() => outcome?.(lookOf(4, "abce")), { name: "Unmeasurable", message });
  });
});
