// What pods are made of: plain data, which needs nothing of Pulumi at run time.
import type { input as inputs } from "@pulumi/kubernetes/types";
import type * as pulumi from "@pulumi/pulumi";
import type { Pods, PodWishes } from "../settings/pods";

type PodSpec = inputs.core.v1.PodSpec;
type Container = inputs.core.v1.Container;

/** Where a part of the stack goes, and what its objects carry. */
export interface Place {
  readonly namespace: pulumi.Input<string>;
  /** Annotations of every object. Default: none. */
  readonly annotations?: { readonly [name: string]: string };
  /** Secret with the credentials for pulling images. Default: none. */
  readonly pullSecret?: pulumi.Input<string>;
  /** What the user wants of the pods. Default: nothing. */
  readonly pods?: Pods;
}

/** What every container of the stack gives up (the Kubernetes "restricted" profile). */
export const restrictedContainer = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  readOnlyRootFilesystem: true,
};

function unprivilegedPod(uid: number) {
  return { runAsNonRoot: true, runAsUser: uid, runAsGroup: uid, fsGroup: uid, seccompProfile: { type: "RuntimeDefault" } };
}

/** Runs a pod as root, for images that leave no choice; each use says why. */
export const rootPod = { runAsUser: 0, seccompProfile: { type: "RuntimeDefault" } };

/** A pod without a service account's token. @param uid user that it runs as */
export function podOf({ pullSecret }: Pick<Place, "pullSecret">, uid: number, graceSeconds: number, spec: PodSpec): PodSpec {
  return {
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: graceSeconds,
    securityContext: unprivilegedPod(uid),
    ...(pullSecret !== undefined && { imagePullSecrets: [{ name: pullSecret }] }),
    ...spec,
  };
}

/** @param resources CPU and memory that are asked for, the limit of memory, and the same of ephemeral storage where it is limited */
export function container(
  name: string,
  image: pulumi.Input<string>,
  [cpu, memory, limit, disk]: readonly [cpu: string, memory: string, limit: string, disk?: readonly [string, string]],
  rest: Omit<Container, "name">,
): Container {
  const [diskRequests, diskLimits] = (disk ?? []).map((it) => ({ "ephemeral-storage": it }));
  const resources = { requests: { cpu, memory, ...diskRequests }, limits: { memory: limit, ...diskLimits } };
  return { name, image, imagePullPolicy: "IfNotPresent", resources, securityContext: restrictedContainer, ...rest };
}

/** A pod's specification with what the user wants of it. */
export function withWishes(spec: PodSpec, wishes: PodWishes = {}): PodSpec {
  const { resources, affinity, nodeSelector, tolerations, priorityClassName } = wishes;
  const { affinity: needed } = spec as { readonly affinity?: object };
  const [main, ...others] = spec.containers as Container[];
  if (main === undefined) throw new Error("a pod without containers");
  const own = main.resources as { readonly requests?: object; readonly limits?: object } | undefined;
  const wanted = {
    requests: { ...own?.requests, ...resources?.requests },
    limits: { ...own?.limits, ...resources?.limits },
  };
  return {
    ...spec,
    containers: resources === undefined ? spec.containers : [{ ...main, resources: wanted }, ...others],
    ...(affinity !== undefined && { affinity: { ...needed, ...affinity } }),
    ...(nodeSelector !== undefined && { nodeSelector }),
    ...(tolerations !== undefined && { tolerations: [...tolerations] }),
    ...(priorityClassName !== undefined && { priorityClassName }),
  };
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
