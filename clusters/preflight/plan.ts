/** Resources of one container, as Kubernetes writes them. */
export interface PlannedContainer {
  readonly name: string;
  readonly requests: { readonly cpu?: string; readonly memory?: string };
  readonly limits: { readonly cpu?: string; readonly memory?: string };
}

/** The pods of a workload. */
export interface PlannedPods {
  /** Pods that must run for the update to end. */
  readonly count: number;
  /** Pods that there may be later, with one more during a rollout. */
  readonly most: number;
  readonly runsAsRoot: boolean;
  readonly containers: readonly PlannedContainer[];
  /** Size of the volume that each pod claims. */
  readonly storage?: string;
}

/** An object that the stack will make. */
export interface PlannedObject {
  readonly apiVersion: string;
  readonly kind: string;
  /** The kind's name in URLs and rights: `deployments`. */
  readonly resource: string;
  readonly name: string;
  /** Undefined for an object of the whole cluster. */
  readonly namespace: string | undefined;
  readonly pods?: PlannedPods;
  /** Size of the volume, of a claim of one. */
  readonly storage?: string;
  /** The service that is exposed as the setting says. */
  readonly isGatewayService?: true;
  /** Port of every node that a service takes whatever the settings say. */
  readonly nodePort?: number;
  /** Made and removed while the stack comes up, under a name of the server's choice; not a resource of the stack. */
  readonly isTransient?: true;
}

/** What a stack is about to do to a cluster. */
export interface Plan {
  /** Marks this stack's objects; undefined: the stack has made none yet. */
  readonly stackId: string | undefined;
  readonly namespace: string;
  /** False: the namespace must be there, and stays. */
  readonly createNamespace: boolean;
  readonly objects: readonly PlannedObject[];
  readonly serviceType: "NodePort" | "LoadBalancer" | "ClusterIP";
  /** Port of every node that the gateway's service takes, where it takes one. */
  readonly nodePort: number | undefined;
  /** StorageClass of the volumes; undefined: the default one. */
  readonly storageClass: string | undefined;
  /** Whether the cluster is kind's, whose kubelets the stack's own metrics-server takes as they are. */
  readonly onKind: boolean;
  /** Who gives the autoscaler its figures. */
  readonly metricsServer: "cluster" | "install" | "ignore";
}

/** The annotation with which a stack marks what is its own. */
export const stackAnnotation = "plano-affinity/stack";

/** The API group of an object; empty for the core group. */
export function groupOf({ apiVersion }: Pick<PlannedObject, "apiVersion">): string {
  return apiVersion.includes("/") ? (apiVersion.split("/")[0] as string) : "";
}

/** The path of a collection in the API, and with a name that of one object. */
export function pathOf({
  apiVersion,
  resource,
  namespace,
  name,
}: Pick<PlannedObject, "apiVersion" | "resource" | "namespace" | "name">): string {
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const scope = namespace === undefined ? "" : `/namespaces/${namespace}`;
  return `${root}${scope}/${resource}${name === "" ? "" : `/${name}`}`;
}
