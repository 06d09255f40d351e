import type { input as inputs } from "@pulumi/kubernetes/types";
import type * as pulumi from "@pulumi/pulumi";
import { type Manifest, manifest, type Metadata } from "./manifest";
import { type AppName, labelsOf, partOf, selectorOf } from "./names";
import { type Place, withWishes } from "./pod";

export function metadataOf(place: Place, app: AppName, name: string = app, own: Metadata["annotations"] = {}): Metadata {
  const annotations = { ...place.annotations, ...own };
  const labels = labelsOf(app);
  return { name, namespace: place.namespace, labels, ...(Object.keys(annotations).length > 0 && { annotations }) };
}

type Annotations = { readonly [name: string]: pulumi.Input<string> };

/** The pods of a workload, as it needs them and the user wants them. What changes in the annotations rolls them. */
export function podTemplate(place: Place, app: AppName, pod: inputs.core.v1.PodSpec, annotations?: Annotations) {
  const wishes = place.pods?.[partOf(app)];
  const all = { ...wishes?.annotations, ...annotations };
  const metadata = { labels: { ...wishes?.labels, ...labelsOf(app) }, ...(Object.keys(all).length > 0 && { annotations: all }) };
  return { metadata, spec: withWishes(pod, wishes) };
}

/** A Deployment's pods. */
export interface DeploymentArgs {
  readonly pod: inputs.core.v1.PodSpec;
  readonly annotations?: Annotations;
  /** Undefined: the autoscaler decides. */
  readonly replicas: number | undefined;
  readonly strategy?: inputs.apps.v1.DeploymentStrategy;
}

export function deployment(place: Place, app: AppName, args: DeploymentArgs): Manifest<"Deployment"> {
  const { pod, annotations, replicas, strategy } = args;
  const template = podTemplate(place, app, pod, annotations);
  return manifest("Deployment", metadataOf(place, app), {
    spec: { ...(replicas !== undefined && { replicas }), strategy, selector: { matchLabels: selectorOf(app) }, template },
  });
}

/** New pods come before old ones go, a fifth of them at a time: one by one, fifty replicas of Plano take longer than `up` waits. */
export const rolling = { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: "20%" } };

/** Prefers nodes that have fewer of the workload's pods. */
export function spreadOverNodes(app: AppName): inputs.core.v1.TopologySpreadConstraint[] {
  const labelSelector = { matchLabels: selectorOf(app) };
  return [{ maxSkew: 1, topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "ScheduleAnyway", labelSelector }];
}

/** A service that leads to a workload. @param ports name of the pod's port → number at the service */
export function service(
  metadata: Metadata,
  to: AppName,
  ports: { readonly [name: string]: number },
  spec: inputs.core.v1.ServiceSpec = {},
): Manifest<"Service"> {
  const targets = Object.entries(ports).map(([name, port]) => ({ name, port, targetPort: name }));
  return manifest("Service", metadata, { spec: { selector: selectorOf(to), ports: targets, ...spec } });
}

/** Lets one pod of a workload be evicted at a time. */
export function disruptionBudget(place: Place, app: AppName): Manifest<"PodDisruptionBudget"> {
  const spec = { maxUnavailable: 1, selector: { matchLabels: selectorOf(app) } };
  return manifest("PodDisruptionBudget", metadataOf(place, app), { spec });
}

type Peer = inputs.networking.v1.NetworkPolicyPeer;

/** Any pod of the cluster. */
export const anyPod: Peer = { namespaceSelector: {} };

/** The pod that `verify --in-cluster` makes; the verifier knows nothing of this program, nor this of it. */
export const verifierPod: Peer = { podSelector: { matchLabels: { "app.kubernetes.io/name": "plano-affinity-verify" } } };

/** The pods of a workload in the same namespace. */
export function podsOf(app: AppName): Peer {
  return { podSelector: { matchLabels: selectorOf(app) } };
}

/** TCP ports of a pod, and who may reach them. `anyone`: from everywhere, also from outside of the cluster. */
export interface Entrance {
  readonly ports: readonly number[];
  readonly from: Peer[] | "anyone";
}

/** Lets into a workload's pods what is listed and nothing else. What comes from the node, as probes do, always gets in. */
export function entrances(place: Place, name: string, app: AppName, list: readonly Entrance[]): Manifest<"NetworkPolicy"> {
  return manifest("NetworkPolicy", metadataOf(place, app, name), {
    spec: {
      podSelector: { matchLabels: selectorOf(app) },
      policyTypes: ["Ingress"],
      ingress: list.map(({ ports, from }) => ({
        ports: ports.map((port) => ({ protocol: "TCP", port })),
        // No peers at all means everybody.
        ...(from !== "anyone" && { from }),
      })),
    },
  });
}
