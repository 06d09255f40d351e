import { reasonOf, Unmeasurable } from "../common/errors";
import { killClients, otherClients } from "../redis/clients";
import { judgePin, worstOf } from "./pins";
import { defaultLimits, notReady, readyReplicas, type Disturbance } from "./stage";
import { waitUntil } from "./wait";

/** How long a replica is without Redis, at least; and the longest that one which a killed run left so may take to recover. */
const [cutMs, recoverMs] = [2_000, 60_000];

/** One replica cannot reach Redis any more, as by a wrong NetworkPolicy or a broken network. The others must not notice. */
export const replicaCutOff: Disturbance = {
  id: "replica-cut-off",
  title: "Replica cut off from Redis",
  outage: true,
  async hindrance(run, disruptable) {
    const wasLeft = await disruptable.rejoin(run.signal, true);
    const url = await run.target.redisUrl();
    /** That everything is there by which a cut is seen. */
    const look = async (): Promise<true> => {
      const seen = await disruptable.look();
      const missing = notReady(seen);
      if (missing !== undefined) throw new Unmeasurable(missing);
      for (const pod of seen.pods.filter(({ ready }) => ready)) {
        const count = (await otherClients(url, pod.podIp ?? "none")).length;
        if (count === 0) throw new Unmeasurable(`Redis has no connection from the address of ${pod.name}, as behind a proxy`);
        const kept = await disruptable.keptFromRedis(pod);
        if (kept !== undefined) throw new Unmeasurable(`${pod.name} says: ${kept}`);
      }
      return true;
    };
    const subject = "a replica had Redis again that a killed run had cut off";
    const looking = wasLeft ? waitUntil({ run, limits: defaultLimits }, subject, recoverMs, look) : look();
    return looking.then(() => undefined, reasonOf);
  },
  async inflict({ disruptable, pins, run }, before) {
    const pod = before.pods.find(({ ready }) => ready);
    if (pod?.podIp === undefined) throw new Unmeasurable("no ready pod has an address");
    const { name, podIp } = pod;
    const others = readyReplicas(before).filter((it) => it !== pod.replica);
    const url = await run.target.redisUrl();
    await disruptable.cutOff(pod);
    return {
      target: `pod ${name}`,
      async landed() {
        const kept = await disruptable.keptFromRedis(pod);
        if (kept === undefined) throw new Unmeasurable(`${name} still gets in: are policies enforced, and no other allows it?`);
        // What is connected already may stay so under a new policy.
        await killClients(url, await otherClients(url, podIp));
        const left = await otherClients(url, podIp);
        if (left.length > 0) throw new Unmeasurable(`${left.length} connections from ${podIp} are still in CLIENT LIST`);
        return `${name} says: ${kept}; no connection from ${podIp} is left in CLIENT LIST`;
      },
      async meanwhile(begun) {
        await run.clock.sleep(cutMs, run.signal);
        const [worst] = worstOf((await pins.readAll(begun, others)).map((it) => judgePin(it, pins.lifetime)));
        await disruptable.rejoin(run.signal);
        if (worst !== undefined) return { ...worst, summary: `while ${name} was cut off: ${worst.summary}` };
        return { verdict: "pass", summary: `${begun.length} pins of before held at the other replicas meanwhile` };
      },
      missing: () => disruptable.keptFromRedis(pod),
    };
  },
};
