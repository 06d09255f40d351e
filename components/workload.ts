import type { input as inputs } from "@pulumi/kubernetes/types";
import type * as pulumi from "@pulumi/pulumi";
import { type Manifest, manifest, type Metadata } from "./manifest";
import { type AppName, labelsOf, selectorOf } from "./names";

type PodSpec = inputs.core.v1.PodSpec;
type Container = inputs.core.v1.Container;

/** Where a part of the stack goes, and what its objects carry. */
export interface Place {
  readonly namespace: pulumi.Input<string>;
  /** Annotations of every object. Default: none. */
  readonly annotations?: { readonly [name: string]: string };
  /** Secret with the credentials for pulling images. Default: none. */
  readonly pullSecret?: pulumi.Input<string>;
}

/** What every container of the stack gives up (the Kubernetes "restricted" profile). */
export const restrictedContainer = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  readOnlyRootFilesystem: true,
};

/** Runs a pod as one user that is not root. */
export function unprivilegedPod(uid: number) {
  return { runAsNonRoot: true, runAsUser: uid, runAsGroup: uid, fsGroup: uid, seccompProfile: { type: "RuntimeDefault" } };
}

/** Runs a pod as root, for images that leave no choice; each use says why. */
export const rootPod = { runAsUser: 0, seccompProfile: { type: "RuntimeDefault" } };

export function metadataOf(place: Place, app: AppName, name: string = app, own: Metadata["annotations"] = {}): Metadata {
  const annotations = { ...place.annotations, ...own };
  const labels = labelsOf(app);
  return { name, namespace: place.namespace, labels, ...(Object.keys(annotations).length > 0 && { annotations }) };
}

/** A Deployment's pods. */
export interface DeploymentArgs {
  readonly pod: PodSpec;
  /** Annotations of the pods: what changes here rolls them. */
  readonly annotations?: { readonly [name: string]: pulumi.Input<string> };
  /** Undefined: the autoscaler decides. */
  readonly replicas: number | undefined;
  readonly strategy?: inputs.apps.v1.DeploymentStrategy;
}

export function deployment(place: Place, app: AppName, args: DeploymentArgs): Manifest<"Deployment"> {
  const { pod: spec, annotations, replicas, strategy } = args;
  const template = { metadata: { labels: labelsOf(app), annotations }, spec };
  return manifest("Deployment", metadataOf(place, app), {
    spec: { ...(replicas !== undefined && { replicas }), strategy, selector: { matchLabels: selectorOf(app) }, template },
  });
}

/** One more pod before one less. */
export const rolling = { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } };

/** A pod without a service account's token. @param uid user that it runs as */
export function podOf(place: Place, uid: number, graceSeconds: number, spec: PodSpec): PodSpec {
  return {
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: graceSeconds,
    securityContext: unprivilegedPod(uid),
    ...(place.pullSecret !== undefined && { imagePullSecrets: [{ name: place.pullSecret }] }),
    ...spec,
  };
}

/** @param resources CPU and memory that are asked for, and the limit of memory */
export function container(
  name: string,
  image: pulumi.Input<string>,
  [cpu, memory, limit]: readonly [cpu: string, memory: string, limit: string],
  rest: Omit<Container, "name">,
): Container {
  const resources = { requests: { cpu, memory }, limits: { memory: limit } };
  return { name, image, imagePullPolicy: "IfNotPresent", resources, securityContext: restrictedContainer, ...rest };
}

/** Ports of a container: name → number. */
export function containerPorts(ports: { readonly [name: string]: number }) {
  return Object.entries(ports).map(([name, containerPort]) => ({ name, containerPort }));
}

/** A minute to start, then ready within 10 s and alive within 30 s, or restarted. */
export function probesOf(probe: inputs.core.v1.Probe) {
  const limited = { ...probe, timeoutSeconds: 3 };
  return {
    startupProbe: { ...limited, periodSeconds: 1, failureThreshold: 60 },
    readinessProbe: { ...limited, periodSeconds: 5, failureThreshold: 2 },
    livenessProbe: { ...limited, periodSeconds: 10, failureThreshold: 3 },
  };
}

/** A variable of the environment that holds a value of a Secret. */
export function fromSecret(secret: pulumi.Input<string>, key: string, name = key, optional?: boolean): inputs.core.v1.EnvVar {
  return { name, valueFrom: { secretKeyRef: { name: secret, key, ...(optional !== undefined && { optional }) } } };
}

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
