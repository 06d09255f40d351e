import assert from "node:assert/strict";
import { Unmeasurable } from "../common/errors";
import { watchRedis } from "./redis-back";
import type { Stage } from "./stage";
import type { PodLook } from "../targets/disruptable";
import { VirtualClock } from "../testing/virtual-clock";

const podOf = (uid: string, ready: boolean): PodLook => ({ name: uid, uid, ready, leaving: !ready, state: "" });

interface Scene {
  readonly members: number;
  readonly pods: (now: number) => readonly PodLook[];
  /** Uid of the master; undefined: it is not certain. */
  readonly master?: (now: number) => string | undefined;
  /** How long a look takes, in milliseconds. Default: no time. */
  readonly takesMs?: number;
}

/** When Redis was back, of which the replicas were seen to share sessions at `recoveredMs`. */
async function backAt(recoveredMs: number, { members, pods, master, takesMs = 0 }: Scene): Promise<number | undefined> {
  const clock = new VirtualClock();
  const disruptable = {
    redisPods: async () => {
      await clock.sleep(takesMs);
      return pods(clock.now());
    },
    redisMaster: async () => {
      const uid = master?.(clock.now());
      if (uid === undefined) throw new Unmeasurable("it is not certain which of 3 Redis pods is the master");
      return { name: uid, uid };
    },
  };
  const run = { clock, signal: new AbortController().signal };
  const stage = { disruptable, run, limits: { intervalMs: 200 }, elapsedMs: () => clock.now() } as unknown as Stage;
  const work = async (): Promise<number | undefined> => {
    await using back = watchRedis(stage, members);
    await clock.sleep(recoveredMs);
    return await back.atLatest(recoveredMs);
  };
  return clock.run(work());
}

describe("the instant at which Redis is back", () => {
  it("is that of a ready pod, where there is one Redis", async () => {
    const pods = (now: number): PodLook[] => [podOf("old", false), podOf("new", now >= 3_000)];
    assert.equal(await backAt(9_000, { members: 1, pods }), 3_000);
  });

  it("is that of a ready master, where there are three: replicas that are ready serve nothing", async () => {
    const pods = (now: number): PodLook[] => [podOf("old", false), podOf("second", true), podOf("third", now >= 7_000)];
    const master = (now: number): string | undefined => (now < 5_000 ? undefined : now < 6_000 ? "old" : "third");
    assert.equal(await backAt(9_000, { members: 3, pods, master }), 7_000);
  });

  it("is no later than that of shared sessions, where the look takes longer", async () => {
    const pods = (): PodLook[] => [podOf("only", true)];
    assert.equal(await backAt(100, { members: 1, pods, takesMs: 4_000 }), 100);
    assert.equal(await backAt(100, { members: 1, pods, takesMs: 10_300 }), undefined);
  });
});
