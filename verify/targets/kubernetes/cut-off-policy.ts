import type { V1NetworkPolicy, V1Pod } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import type { NamedObject } from "../disruptable";
import { ApiFailure, type NamespaceApi } from "../namespace-api";
import { redisPort } from "./redis-master";

/** What cuts a pod off from Redis. Nothing else of this name is ever touched. */
export const cutOffName = "plano-affinity-cut-off";

/** Marks the policy, and the pod that it selects: an additional label leaves the pod to its ReplicaSet. */
const [label, value] = ["plano-affinity/cut-off", "redis"];

/**
 * Lets a pod reach everything but Redis' port.
 * @throws ApiFailure, also where there is a policy of that name
 */
export async function makeCutOff(api: NamespaceApi, { name, uid }: NamedObject): Promise<void> {
  await removeCutOff(api);
  const ranges = [
    ["TCP", 1, redisPort - 1],
    ["TCP", redisPort + 1, 65_535],
    ["UDP", 1, 65_535],
  ] as const;
  const annotations = { "plano-affinity/put-back": "Delete this policy. The check faults has made it, and was killed." };
  await api.create("NetworkPolicy", cutOffName, {
    metadata: { name: cutOffName, labels: { [label]: value }, annotations },
    spec: {
      podSelector: { matchLabels: { [label]: value } },
      policyTypes: ["Egress"],
      egress: [{ ports: ranges.map(([protocol, port, endPort]) => ({ protocol, port, endPort })) }],
    },
  });
  await api.patch("Pod", name, { metadata: { uid, labels: { [label]: value } } });
}

/** Removes what {@link makeCutOff} made, in whichever run. @returns whether there was a policy @throws ApiFailure */
export async function removeCutOff(api: NamespaceApi): Promise<boolean> {
  const marked = { labelSelector: `${label}=${value}` };
  const policies = await api.list<V1NetworkPolicy>("NetworkPolicy", marked);
  for (const { metadata } of policies) {
    await unlessGone(api.delete("NetworkPolicy", metadata?.name ?? "", { preconditions: { uid: metadata?.uid } }));
  }
  for (const { metadata } of await api.list<V1Pod>("Pod", marked)) {
    const change = { metadata: { uid: metadata?.uid, labels: { [label]: null } } };
    await unlessGone(api.patch("Pod", metadata?.name ?? "", change));
  }
  return policies.length > 0;
}

async function unlessGone(change: Promise<unknown>): Promise<void> {
  await change.catch((error: unknown) => {
    if (!(error instanceof ApiFailure) || error.status !== 404) throw error;
  });
}

/** Names of other policies that say what these pods may send: what one of them allows, ours cannot forbid. */
export async function egressPolicies(api: NamespaceApi, selector: string): Promise<readonly string[]> {
  const pods = await api.list<V1Pod>("Pod", { labelSelector: selector });
  const selects = ({ spec }: V1NetworkPolicy): boolean => {
    // Expressions are not looked at: they only narrow a selection down.
    const wanted = Object.entries(spec?.podSelector?.matchLabels ?? {});
    return pods.some(({ metadata }) => wanted.every(([name, it]) => metadata?.labels?.[name] === it));
  };
  const policies = (await api.list<V1NetworkPolicy>("NetworkPolicy")).filter(
    (it) => it.spec?.policyTypes?.includes("Egress") === true && it.metadata?.labels?.[label] !== value && selects(it),
  );
  return policies.map(({ metadata }) => metadata?.name ?? "");
}
