import type { ClusterClient } from "../client";
import { annotation, condition, listAt, mapAt, numberAt, sayingOf, textAt, type KubernetesObject } from "../objects";
import { lastLogLines, podProblem, podsOf, worstProblem } from "./pods";
import { ready, waiting, type Readiness, type ReadinessRule } from "./readiness";

const REVISION = "deployment.kubernetes.io/revision";

/** A controller must have seen the last change before its counters mean anything. */
function observed(object: KubernetesObject): boolean {
  return numberAt(object, ["status", "observedGeneration"]) >= numberAt(object, ["metadata", "generation"]);
}

/** Adds to a wait what is wrong with the first pod that has a problem. */
function blame(seen: string, pods: readonly KubernetesObject[], elapsedMs: number): Readiness {
  const problem = worstProblem(pods, elapsedMs);
  return problem === undefined ? waiting(seen) : { ready: false, seen: `${seen}; ${problem.text}`, hopeless: problem.hopeless };
}

/** A rollout is over when every replica is of the new template and available, and no old one is left. */
export const deployment: ReadinessRule = {
  timeoutSeconds: 300,
  async check(object, client, elapsedMs) {
    if (!observed(object)) return waiting("the controller has not seen the change yet");
    const desired = numberAt(object, ["spec", "replicas"], 1);
    const [updated, available, all] = ["updatedReplicas", "availableReplicas", "replicas"].map((key) =>
      numberAt(object, ["status", key]),
    );
    if (updated === desired && available === desired && all === desired) return ready(`${desired} replicas available`);
    const seen = `${updated} of ${desired} replicas updated, ${available} available, ${all} in all`;
    const failure = condition(object, "ReplicaFailure");
    if (failure?.["status"] === "True") return waiting(`${seen}; ${sayingOf(failure)}`);
    return blame(seen, await newPods(object, client), elapsedMs);
  },
  async explain(object, client) {
    return lastLogLines(client, await newPods(object, client));
  },
};

/** The pods of a Deployment's current template. */
async function newPods(object: KubernetesObject, client: ClusterClient): Promise<KubernetesObject[]> {
  const uid = textAt(object, "metadata", "uid");
  const sets = await client.list("apps/v1", "ReplicaSet", textAt(object, "metadata", "namespace"), {});
  const current = sets.find((set) => {
    const owned = listAt(set, "metadata", "ownerReferences").some((owner) => textAt(owner, "uid") === uid);
    return owned && annotation(set, REVISION) === annotation(object, REVISION);
  });
  return current === undefined ? [] : podsOf(client, object, textAt(current, "metadata", "uid"));
}

/** The pods that the object's controller made for it directly. */
function ownPods(client: ClusterClient, object: KubernetesObject): Promise<KubernetesObject[]> {
  return podsOf(client, object, textAt(object, "metadata", "uid"));
}

async function lastWordsOfPods(object: KubernetesObject, client: ClusterClient): Promise<string> {
  return lastLogLines(client, await ownPods(client, object));
}

/** Like a Deployment's, but counted by revision; an `OnDelete` set is ready when its replicas are. */
export const statefulSet: ReadinessRule = {
  timeoutSeconds: 300,
  async check(object, client, elapsedMs) {
    if (!observed(object)) return waiting("the controller has not seen the change yet");
    const desired = numberAt(object, ["spec", "replicas"], 1);
    const [readyCount, updated] = [
      numberAt(object, ["status", "readyReplicas"]),
      numberAt(object, ["status", "updatedReplicas"]),
    ];
    const partition = numberAt(object, ["spec", "updateStrategy", "rollingUpdate", "partition"]);
    const onDelete = textAt(object, "spec", "updateStrategy", "type") === "OnDelete";
    const rolled =
      onDelete || partition > 0 || textAt(object, "status", "currentRevision") === textAt(object, "status", "updateRevision");
    if (readyCount === desired && rolled) return ready(`${desired} replicas ready`);
    const pods = await ownPods(client, object);
    return blame(`${readyCount} of ${desired} replicas ready, ${updated} updated`, pods, elapsedMs);
  },
  explain: lastWordsOfPods,
};

/** One updated and available pod on every node that should have one. */
export const daemonSet: ReadinessRule = {
  timeoutSeconds: 300,
  async check(object, client, elapsedMs) {
    if (!observed(object)) return waiting("the controller has not seen the change yet");
    const desired = numberAt(object, ["status", "desiredNumberScheduled"]);
    const [updated, available] = [
      numberAt(object, ["status", "updatedNumberScheduled"]),
      numberAt(object, ["status", "numberAvailable"]),
    ];
    const onDelete = textAt(object, "spec", "updateStrategy", "type") === "OnDelete";
    if (available >= desired && (onDelete || updated >= desired)) return ready(`${desired} pods available`);
    const pods = await ownPods(client, object);
    return blame(`${available} of ${desired} pods available, ${updated} updated`, pods, elapsedMs);
  },
  explain: lastWordsOfPods,
};

/** Complete, or failed for good. */
export const job: ReadinessRule = {
  timeoutSeconds: 600,
  async check(object, client, elapsedMs) {
    if (condition(object, "Complete")?.["status"] === "True") return ready("completed");
    const failed = condition(object, "Failed");
    if (failed?.["status"] === "True") return { ready: false, seen: `the job failed: ${sayingOf(failed)}`, hopeless: true };
    if (mapAt(object, "spec")["suspend"] === true) return ready("suspended");
    const pods = await ownPods(client, object);
    const [active, failures] = [numberAt(object, ["status", "active"]), numberAt(object, ["status", "failed"])];
    return blame(`${active} pods active, ${failures} failed`, pods, elapsedMs);
  },
  explain: lastWordsOfPods,
};

/** Ready, or done. */
export const pod: ReadinessRule = {
  timeoutSeconds: 600,
  async check(object, _client, elapsedMs) {
    const phase = textAt(object, "status", "phase") ?? "Pending";
    if (phase === "Succeeded" || condition(object, "Ready")?.["status"] === "True") return ready(phase);
    if (phase === "Failed")
      return {
        ready: false,
        seen: `the pod failed: ${textAt(object, "status", "message") ?? podProblem(object, elapsedMs)?.text ?? "no reason given"}`,
        hopeless: true,
      };
    return blame(`phase ${phase}`, [object], elapsedMs);
  },
  async explain(object, client) {
    return lastLogLines(client, [object]);
  },
};
