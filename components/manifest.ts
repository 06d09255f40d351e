import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import * as apiregistration from "@pulumi/kubernetes/apiregistration/v1";
import * as apps from "@pulumi/kubernetes/apps/v1";
import * as autoscaling from "@pulumi/kubernetes/autoscaling/v2";
import * as core from "@pulumi/kubernetes/core/v1";
import * as networking from "@pulumi/kubernetes/networking/v1";
import * as policy from "@pulumi/kubernetes/policy/v1";
import * as rbac from "@pulumi/kubernetes/rbac/v1";
import * as pulumi from "@pulumi/pulumi";

/** The kinds of object that the stack is made of: API version, and Pulumi's class. */
const kinds = {
  Namespace: ["v1", core.Namespace],
  ConfigMap: ["v1", core.ConfigMap],
  Secret: ["v1", core.Secret],
  Service: ["v1", core.Service],
  ServiceAccount: ["v1", core.ServiceAccount],
  PersistentVolumeClaim: ["v1", core.PersistentVolumeClaim],
  Deployment: ["apps/v1", apps.Deployment],
  StatefulSet: ["apps/v1", apps.StatefulSet],
  HorizontalPodAutoscaler: ["autoscaling/v2", autoscaling.HorizontalPodAutoscaler],
  PodDisruptionBudget: ["policy/v1", policy.PodDisruptionBudget],
  NetworkPolicy: ["networking.k8s.io/v1", networking.NetworkPolicy],
  Ingress: ["networking.k8s.io/v1", networking.Ingress],
  ClusterRole: ["rbac.authorization.k8s.io/v1", rbac.ClusterRole],
  ClusterRoleBinding: ["rbac.authorization.k8s.io/v1", rbac.ClusterRoleBinding],
  RoleBinding: ["rbac.authorization.k8s.io/v1", rbac.RoleBinding],
  APIService: ["apiregistration.k8s.io/v1", apiregistration.APIService],
  // Gateway API 1.0 and later.
  Gateway: ["gateway.networking.k8s.io/v1", CustomResource],
  HTTPRoute: ["gateway.networking.k8s.io/v1", CustomResource],
  PodMonitor: ["monitoring.coreos.com/v1", CustomResource],
  PrometheusRule: ["monitoring.coreos.com/v1", CustomResource],
} as const;

type Kind = keyof typeof kinds;
type ClassOf<K extends Kind> = (typeof kinds)[K][1];
type Body<K extends Kind> = Omit<NonNullable<ConstructorParameters<ClassOf<K>>[1]>, "apiVersion" | "kind" | "metadata">;

/** An object's metadata, as far as the stack writes any. */
export interface Metadata {
  readonly name: string;
  readonly namespace?: pulumi.Input<string>;
  readonly labels?: { readonly [name: string]: string };
  readonly annotations?: { readonly [name: string]: string };
}

/** An object as the API takes it. Any value may be one that is known only later. */
export type Manifest<K extends Kind = Kind> = {
  [P in K]: { readonly apiVersion: string; readonly kind: P; readonly metadata: Metadata } & Body<P>;
}[K];

/** The objects of one part; `main` has the part's name, others the key after it. */
export type Manifests = { readonly [key: string]: Manifest | undefined };

/** Writes an object of a kind. */
export function manifest<K extends Kind>(kind: K, metadata: Metadata, body: Body<K>): Manifest<K> {
  return { apiVersion: kinds[kind][0], kind, metadata, ...body };
}

/** Key → what the object waits for: keys of objects that come before it, or other resources. */
type After<M extends Manifests> = { readonly [S in keyof M]?: readonly (keyof M | pulumi.Resource | undefined)[] };

type Made<M extends Manifests> = { readonly [S in keyof M]: InstanceType<ClassOf<NonNullable<M[S]>["kind"]>> };

/** Makes the objects of a part. */
export function makeObjects<M extends Manifests>(
  name: string,
  manifests: M,
  options: pulumi.CustomResourceOptions,
  after: After<M> = {},
): Made<M> {
  const made: Record<string, pulumi.Resource> = {};
  for (const [key, object] of Object.entries(manifests)) {
    if (object === undefined) continue;
    const dependsOn = (after[key] ?? []).map((it) => (pulumi.Resource.isInstance(it) ? it : made[String(it)]));
    const Class = kinds[object.kind][1] as new (name: string, args: object, options: pulumi.ResourceOptions) => pulumi.Resource;
    made[key] = new Class(key === "main" ? name : `${name}-${key}`, object, {
      ...options,
      dependsOn: dependsOn.filter((it) => it !== undefined),
    });
  }
  return made as Made<M>;
}

/** The class of components that do nothing but make the objects that are rendered from their arguments. */
export function componentOf<Args, M extends Manifests>(
  type: string,
  render: (args: Args) => M,
  after?: After<M>,
): new (
  name: string,
  args: Args,
  opts?: pulumi.ComponentResourceOptions,
) => pulumi.ComponentResource & { readonly made: Made<M> } {
  return class extends pulumi.ComponentResource {
    readonly made: Made<M>;

    constructor(name: string, args: Args, opts?: pulumi.ComponentResourceOptions) {
      super(`plano-affinity:index:${type}`, name, {}, opts);
      this.made = makeObjects(name, render(args), { parent: this, deletedWith: opts?.deletedWith }, after);
      this.registerOutputs({});
    }
  };
}
