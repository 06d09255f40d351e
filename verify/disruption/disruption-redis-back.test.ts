import assert from "node:assert/strict";
import { Unmeasurable } from "../common/errors";
import { RedisBack, type RedisBackTerms } from "./redis-back";
import type { PodLook } from "../targets/disruptable";
import { VirtualClock } from "../testing/virtual-clock";

const podOf = (uid: string, ready: boolean): PodLook => ({ name: uid, uid, ready, leaving: !ready, state: "" });

interface Scene {
  readonly members: number;
  readonly pods: (now: number) => readonly PodLook[];
  /** Uid of the master; undefined: it is not certain. */
  readonly master?: (now: number) => string | undefined;
  /** When the replicas were seen to share sessions. */
  readonly recoveredAt: number;
  /** How long a look takes, in milliseconds. Default: no time. */
  readonly takesMs?: number;
}

/** @returns when Redis was back */
async function backAt({ members, pods, master, recoveredAt, takesMs = 0 }: Scene): Promise<number | undefined> {
  const clock = new VirtualClock();
  const work = async (): Promise<number | undefined> => {
    const { signal } = new AbortController();
    const terms: RedisBackTerms = {
      disruptable: {
        redisPods: async () => {
          await clock.sleep(takesMs);
          return pods(clock.now());
        },
        redisMaster: async () => {
          const uid = master?.(clock.now());
          if (uid === undefined) throw new Unmeasurable("it is not certain which of 3 Redis pods is the master");
          return { name: uid, uid };
        },
      },
      run: { clock, signal },
      limits: { intervalMs: 200 },
      elapsedMs: () => clock.now(),
    };
    await using back = new RedisBack(terms, members);
    back.look();
    await clock.sleep(recoveredAt);
    return await back.atLatest(recoveredAt);
  };
  return clock.run(work());
}

describe("the instant at which Redis is back", () => {
  it("is that of a ready pod, where there is one Redis", async () => {
    const pods = (now: number): PodLook[] => [podOf("old", false), podOf("new", now >= 3_000)];
    assert.equal(await backAt({ members: 1, pods, recoveredAt: 9_000 }), 3_000);
  });

  it("is that of a ready master, where there are three: replicas that are ready serve nothing", async () => {
    const pods = (now: number): PodLook[] => [podOf("old", false), podOf("second", true), podOf("third", now >= 7_000)];
    const master = (now: number): string | undefined => (now < 5_000 ? undefined : now < 6_000 ? "old" : "third");
    assert.equal(await backAt({ members: 3, pods, master, recoveredAt: 9_000 }), 7_000);
  });

  it("is no later than that of shared sessions, where the look takes longer", async () => {
    const pods = (): PodLook[] => [podOf("only", true)];
    assert.equal(await backAt({ members: 1, pods, recoveredAt: 100, takesMs: 4_000 }), 100);
    assert.equal(await backAt({ members: 1, pods, recoveredAt: 100, takesMs: 10_200 }), undefined);
  });
});
