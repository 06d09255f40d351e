import { reasonOf, Unmeasurable } from "../common/errors";
import { killClients, otherClients, pauseClients } from "../redis/clients";
import type { NamedObject, PodLook, Right } from "../targets/disruptable";
import type { Disruptable } from "../targets/kubernetes/kubernetes-disruptable";
import { replicaCutOff } from "./replica-cut-off";
import type { Disturbance } from "./stage";

/** What is done to the gateway takes these rights, and what is done to a Redis of its own those. */
const rights: readonly Right[] = [
  { group: "", resource: "pods", verb: "delete" },
  { group: "apps", resource: "deployments", verb: "patch" },
  { group: "discovery.k8s.io", resource: "endpointslices", verb: "list" },
];
const redisRights: readonly Right[] = [
  { group: "", resource: "pods", verb: "patch" },
  { group: "", resource: "secrets", verb: "get" },
  ...["list", "create", "delete"].map((verb) => ({ group: "networking.k8s.io", resource: "networkpolicies", verb })),
];

/** What the check `faults` must be allowed to do, apart from looking at the Deployment and its pods. */
export function faultRights({ workload }: Disruptable): readonly Right[] {
  return "leftOut" in workload.redis ? rights : [...rights, ...redisRights];
}

/** One of the gateway's pods is deleted, as by a node that is drained. */
const podDeleted: Disturbance = {
  id: "pod-deleted",
  title: "Pod deleted",
  async inflict({ disruptable, watch }, before) {
    const pod = before.pods.find(({ ready }) => ready);
    if (pod === undefined) throw new Unmeasurable("no pod was ready to be deleted");
    const known = new Set(before.pods.map(({ uid }) => uid));
    const look = watch.fromNow();
    await disruptable.deletePod(pod);
    return {
      target: `pod ${pod.name}`,
      landed: async () => hasEnded(pod, look().pods, disruptable),
      outcome({ pods }) {
        const successors = pods.filter(({ uid }) => !known.has(uid));
        return `${successors.map(withUid).join(", ")} took its place`;
      },
    };
  },
};

/** All of the gateway's pods are replaced, one after another, as with every new version. */
export const rollout: Disturbance = {
  id: "rollout",
  title: "Rollout",
  async inflict({ disruptable, watch }, before) {
    const old = new Set(before.pods.map(({ uid }) => uid));
    const look = watch.fromNow();
    await disruptable.roll();
    return {
      target: `Deployment ${disruptable.workload.deployment.name}`,
      async landed() {
        const { revision, pods } = look();
        const successor = pods.find(({ uid }) => !old.has(uid));
        if (revision === before.revision) throw new Unmeasurable(`still revision ${revision}`);
        if (successor === undefined) throw new Unmeasurable(`revision ${revision} has no pod yet`);
        return `revision ${before.revision} became ${revision}, whose first pod is ${successor.name}`;
      },
      async missing({ pods, updated, wanted }) {
        const left = pods.filter(({ uid, leaving }) => old.has(uid) && !leaving);
        if (left.length > 0) return `${left.map(({ name }) => name).join(", ")} not replaced yet`;
        return updated < wanted ? `${updated} of ${wanted} replicas are of the new revision` : undefined;
      },
      outcome: ({ pods }) =>
        pods.some(({ uid }) => old.has(uid)) ? undefined : `none of the ${old.size} pod UIDs of before is left`,
    };
  },
};

/**
 * Every connection to Redis is broken at once, as by a failover or a proxy that is restarted. Plano 0.4.19 to 0.4.31 do
 * not connect again by themselves: only a liveness probe that notices helps then.
 */
const redisClientsKilled: Disturbance = {
  id: "redis-clients-killed",
  title: "Redis clients killed",
  outage: true,
  async inflict({ run }) {
    const url = await run.target.redisUrl();
    const before = await otherClients(url);
    if (before.length === 0) throw new Unmeasurable("Redis has no client but the verifier, so there is no connection to break");
    await killClients(url);
    return {
      target: `${before.length} connections`,
      async landed() {
        const now = new Set(await otherClients(url));
        const left = before.filter((id) => now.has(id));
        if (left.length > 0) throw new Unmeasurable(`${left.length} of ${before.length} connections are still in CLIENT LIST`);
        return `the ids of all ${before.length} connections are gone from CLIENT LIST`;
      },
    };
  },
};

/** A Sentinel of the stack takes a master for dead after 4 s without an answer, and the stand-in gives up after 5 s. */
export const pauseMs = 2_500;

/** Redis answers nobody for a moment, as while its disk or its machine is busy. No connection is lost. */
const redisPaused: Disturbance = {
  id: "redis-paused",
  title: "Redis paused",
  outage: true,
  async hindrance({ target }) {
    return (await target.pauseUrl?.()) === undefined ? "there is no account that may do it (docs/redis.md)" : undefined;
  },
  async inflict({ run: { target } }) {
    const waitedMs = await pauseClients(await target.redisUrl(), (await target.pauseUrl?.()) ?? "", pauseMs);
    const waited = `a PING waited ${(waitedMs / 1_000).toFixed(1)} s for its answer`;
    if (waitedMs < pauseMs * 0.9) throw new Unmeasurable(`${waited}, although Redis was to pause for ${pauseMs / 1_000} s`);
    return { target: "all clients", landed: async () => waited };
  },
};

/** Redis' pod, of several the master's, is deleted. Pins survive on a volume, or where a replica has them and takes over. */
const redisRestarted: Disturbance = {
  id: "redis-restarted",
  title: "Redis restarted",
  outage: true,
  async inflict({ disruptable }) {
    const before = (await disruptable.redisPods()).filter(({ ready }) => ready);
    const [first, ...others] = before;
    if (first === undefined) throw new Unmeasurable("there is no ready Redis pod");
    const pod = others.length > 0 ? await disruptable.redisMaster() : first;
    const known = new Set(before.map(({ uid }) => uid));
    await disruptable.deletePod(pod);
    let successor: NamedObject | undefined;
    return {
      target: `pod ${pod.name}`,
      landed: async () => hasEnded(pod, await disruptable.redisPods(), disruptable),
      async missing() {
        if (successor !== undefined) return undefined;
        const pods = await disruptable.redisPods();
        if (pods.some(({ uid }) => uid === pod.uid)) return `Redis' old pod ${pod.name} is ending`;
        const found = pods.find(({ ready, uid }) => ready && !known.has(uid));
        if (found === undefined) return `Redis' pods: ${pods.map((it) => `${it.name} ${it.state}`).join(", ") || "none"}`;
        // Replicas that are ready serve nothing until one of them has taken over.
        const problem = others.length === 0 ? undefined : await disruptable.redisMaster().then(() => undefined, reasonOf);
        if (problem === undefined) successor = found;
        return problem;
      },
      outcome: () => (successor === undefined ? undefined : `${withUid(successor)} took its place`),
    };
  },
};

/** The last one cannot land where policies are not enforced, and nothing is begun after that. */
const redisFaults = [redisClientsKilled, redisPaused, redisRestarted, replicaCutOff];

/** What the check `faults` does, one after another. */
export const faults: readonly Disturbance[] = [podDeleted, rollout, ...redisFaults];

/** @returns proof that a deleted pod is on its way out, and no Service sends anything to it any more. @throws Unmeasurable */
async function hasEnded(pod: NamedObject, pods: readonly PodLook[], disruptable: Disruptable): Promise<string> {
  const now = pods.find(({ uid }) => uid === pod.uid);
  if (now !== undefined && !now.leaving) throw new Unmeasurable(`${pod.name} ${now.state}`);
  if ((await disruptable.endpoints()).has(pod.uid)) throw new Unmeasurable(`${pod.name} is still among the endpoints`);
  return `${withUid(pod)} ${now === undefined ? "is gone" : "is ending"} and no endpoint any more`;
}

/** `plano-0 (uid 1a2b3c4d)`: enough to tell pods apart. */
export function withUid({ name, uid }: NamedObject): string {
  return `${name} (uid ${uid.slice(0, 8)})`;
}
