import type { input as inputs } from "@pulumi/kubernetes/types";
import { type Manifest, manifest } from "./manifest";
import { type AppName, selectorOf } from "./names";
import { metadataOf, type Place } from "./workload";

/** Label of the pod that `verify --in-cluster` makes; the verifier knows nothing of this program, nor this of it. */
const verifierInCluster = { "app.kubernetes.io/name": "plano-affinity-verify" };

/** Who may reach some ports. */
export interface Entrance {
  /** TCP ports of the pod. */
  readonly ports: readonly number[];
  /**
   * `anyone`: from everywhere, also from outside of the cluster; `namespaces`: any pod of the cluster; `verifier`: the
   * pod of `verify --in-cluster`; else the pods of a workload in the same namespace.
   */
  readonly from: readonly ("anyone" | "namespaces" | "verifier" | { readonly app: AppName })[];
}

/**
 * A policy that lets into a workload's pods what is listed and nothing else. The kubelet's probes and port-forwards come
 * from the node, which every network plugin lets in.
 */
export function entrances(place: Place, name: string, app: AppName, list: readonly Entrance[]): Manifest<"NetworkPolicy"> {
  return manifest("NetworkPolicy", metadataOf(place, app, name), {
    spec: {
      podSelector: { matchLabels: selectorOf(app) },
      policyTypes: ["Ingress"],
      ingress: list.map(({ ports, from }) => ({
        ports: ports.map((port) => ({ protocol: "TCP", port })),
        // No peers at all means everybody.
        ...(from.includes("anyone") ? {} : { from: from.map(peerOf) }),
      })),
    },
  });
}

function peerOf(who: Entrance["from"][number]): inputs.networking.v1.NetworkPolicyPeer {
  if (who === "namespaces" || who === "anyone") return { namespaceSelector: {} };
  if (who === "verifier") return { podSelector: { matchLabels: verifierInCluster } };
  return { podSelector: { matchLabels: selectorOf(who.app) } };
}
