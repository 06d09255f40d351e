import { Unmeasurable } from "../../common/errors";
import type { Disruptable } from "../../targets/disruptable";
import { shortUid } from "../short-uid";
import type { Disturbance } from "../disturbance";

/** One of the gateway's pods is deleted, as by a node that is drained. */
export function podDeleted(disruptable: Disruptable): Disturbance {
  return {
    id: "pod-deleted",
    title: "Pod deleted",
    after: "a pod was deleted",
    untilShared: true,
    unready: "fail",
    async inflict({ watch, before }) {
      const pod = before.pods.find(({ ready }) => ready);
      if (pod === undefined) throw new Unmeasurable("no pod was ready to be deleted");
      const known = new Set(before.pods.map(({ uid }) => uid));
      const begunAt = watch.now();
      watch.toldToEnd(pod.uid);
      await disruptable.deletePod(pod);
      return {
        target: `pod ${pod.name}`,
        async landed() {
          const look = watch.lookSince(begunAt);
          if (look === undefined) return { seen: watch.problem ?? "nothing yet" };
          const now = look.pods.find(({ uid }) => uid === pod.uid);
          if (now !== undefined && !now.leaving) return { seen: `${pod.name} ${now.state}` };
          if ((await disruptable.endpoints()).has(pod.uid)) return { seen: `${pod.name} is still among the endpoints` };
          return {
            done: `${pod.name} (${shortUid(pod)}) ${now === undefined ? "is gone" : "is ending"} and no endpoint any more`,
          };
        },
        missing: async () => undefined,
        outcome({ pods }) {
          const successors = pods.filter(({ uid }) => !known.has(uid));
          return `${successors.map((it) => `${it.name} (${shortUid(it)})`).join(", ")} took its place`;
        },
      };
    },
  };
}
