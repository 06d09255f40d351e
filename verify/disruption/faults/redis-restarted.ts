import { Unmeasurable } from "../../common/errors";
import type { Disruptable, NamedObject } from "../../targets/disruptable";
import type { Disturbance } from "../disturbance";
import { shortUid } from "../short-uid";

/**
 * Redis' pod is deleted, of several the master's, and made anew by whatever owns it. Pins survive where Redis keeps them on
 * a volume, or where a replica has them and takes over.
 */
export function redisRestarted(disruptable: Disruptable): Disturbance {
  return {
    id: "redis-restarted",
    title: "Redis restarted",
    after: "Redis' pod was deleted",
    untilShared: true,
    unready: "fail",
    async inflict() {
      const before = (await disruptable.redisPods()).filter(({ ready }) => ready);
      const [first, ...others] = before;
      if (first === undefined) throw new Unmeasurable("there is no ready Redis pod");
      const pod = others.length > 0 ? await disruptable.redisMaster() : first;
      const known = new Set(before.map(({ uid }) => uid));
      await disruptable.deletePod(pod);
      let successor: NamedObject | undefined;
      return {
        target: `pod ${pod.name}`,
        async landed() {
          const now = (await disruptable.redisPods()).find(({ uid }) => uid === pod.uid);
          if (now !== undefined && !now.leaving) return { seen: `${pod.name} ${now.state}` };
          if ((await disruptable.endpoints()).has(pod.uid)) return { seen: `${pod.name} is still among the endpoints` };
          return {
            done: `${pod.name} (${shortUid(pod)}) ${now === undefined ? "is gone" : "is ending"} and no endpoint any more`,
          };
        },
        async missing() {
          const pods = await disruptable.redisPods();
          if (pods.some(({ uid }) => uid === pod.uid)) return `Redis' old pod ${pod.name} is ending`;
          successor = pods.find(({ ready, uid }) => ready && !known.has(uid));
          if (successor !== undefined) return undefined;
          return pods.length === 0 ? "Redis has no pod" : `Redis' pod ${pods.map((it) => `${it.name} ${it.state}`).join(", ")}`;
        },
        outcome: () => (successor === undefined ? undefined : `${successor.name} (${shortUid(successor)}) took its place`),
      };
    },
  };
}
