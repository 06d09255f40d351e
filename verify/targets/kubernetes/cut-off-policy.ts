import type { V1NetworkPolicy, V1Pod } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import type { NamedObject } from "../disruptable";
import type { NamespaceApi } from "../namespace-api";
import { redisPort } from "./redis-master";

/** What cuts a pod off from Redis. One of this name without our label is never touched. */
export const cutOffName = "plano-affinity-cut-off";

/** Marks the policy, and the pod that it selects: an additional label leaves the pod to its ReplicaSet. */
const [label, value] = ["plano-affinity/cut-off", "redis"];

/** Lets a pod reach everything but Redis' port. @throws ApiFailure also where others have a policy of that name */
export async function makeCutOff(api: NamespaceApi, { name, uid }: NamedObject): Promise<void> {
  await removeCutOff(api);
  const annotations = { "plano-affinity/put-back": "Delete this policy. The check faults has made it, and was killed." };
  await api.create("NetworkPolicy", cutOffName, {
    metadata: { name: cutOffName, labels: { [label]: value }, annotations },
    spec: {
      podSelector: { matchLabels: { [label]: value } },
      policyTypes: ["Egress"],
      egress: [
        { ports: [{ protocol: "UDP", port: 1, endPort: 65_535 }] },
        { ports: [{ protocol: "TCP", port: 1, endPort: redisPort - 1 }] },
        { ports: [{ protocol: "TCP", port: redisPort + 1, endPort: 65_535 }] },
      ],
    },
  });
  await api.patch("Pod", name, { metadata: { uid, labels: { [label]: value } } });
}

/** Removes what {@link makeCutOff} made, in whichever run. @returns whether there was a policy @throws ApiFailure */
export async function removeCutOff(api: NamespaceApi): Promise<boolean> {
  const marked = { labelSelector: `${label}=${value}` };
  const policies = await api.list<V1NetworkPolicy>("NetworkPolicy", marked);
  for (const { metadata } of policies) {
    await api.delete("NetworkPolicy", metadata?.name ?? "", { preconditions: { uid: metadata?.uid } });
  }
  for (const { metadata } of await api.list<V1Pod>("Pod", marked)) {
    await api.patch("Pod", metadata?.name ?? "", { metadata: { uid: metadata?.uid, labels: { [label]: null } } });
  }
  return policies.length > 0;
}
