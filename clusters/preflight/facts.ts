import type {
  V1LimitRange,
  V1Namespace,
  V1Node,
  V1ObjectMeta,
  V1ResourceQuota,
  V1Service,
  V1StorageClass,
} from "@kubernetes/client-node" with { "resolution-mode": "import" };
import type { PlannedObject } from "./plan";
import type { Right } from "./rights";

/** What was found, or why it could not be looked at: the account may not, or nothing answered. */
export type Look<T> = { readonly seen: T } | { readonly unseen: string };

/** A claim of a volume, or what claims are made from. */
export interface LiveClaim {
  readonly storageClassName?: string;
  readonly resources?: { readonly requests?: { readonly storage?: string } };
}

/** An object as far as preflight looks into any. */
export interface LiveObject {
  readonly metadata?: Pick<V1ObjectMeta, "labels" | "annotations" | "managedFields"> & { readonly deletionTimestamp?: unknown };
  readonly spec?: LiveClaim & { readonly volumeClaimTemplates?: readonly { readonly spec?: LiveClaim }[] };
}

/** A planned object, and the one of its name that there is already; undefined: none. */
export interface Found {
  readonly planned: PlannedObject;
  readonly live: Look<LiveObject | undefined>;
}

/** What an API server says of its version: `{ major: "1", minor: "34" }`; some clouds write `34+`. */
export interface ServerVersion {
  readonly major?: string;
  readonly minor?: string;
  readonly gitVersion?: string;
}

/** All that preflight knows of a cluster. Objects as the API gives them as JSON. */
export interface ClusterFacts {
  readonly version: ServerVersion;
  /** The kubeconfig's context. */
  readonly context: string;
  /** Whether the kubeconfig or a node says that this is minikube. */
  readonly minikube: boolean;
  readonly namespace: Look<V1Namespace | undefined>;
  readonly found: readonly Found[];
  /** Rights that the account does not have. */
  readonly denied: Look<readonly Right[]>;
  readonly storageClasses: Look<readonly V1StorageClass[]>;
  /** Services of all namespaces; not asked for where no port of the nodes is taken. */
  readonly services: Look<readonly V1Service[]>;
  /** Whether the API server says that the port is taken; for accounts that may not list all services. */
  readonly nodePortTaken: Look<boolean>;
  readonly quotas: Look<readonly V1ResourceQuota[]>;
  readonly limitRanges: Look<readonly V1LimitRange[]>;
  /** API versions of the plan that come with CRDs, and that the cluster does not serve. */
  readonly absentApis: Look<readonly string[]>;
  readonly metricsApi: Look<"served" | "absent">;
}

/** What was seen; `otherwise` where it could not be looked at. */
export function seenOr<T, D>(look: Look<T>, otherwise: D): T | D {
  return "seen" in look ? look.seen : otherwise;
}

/** Labels by which minikube marks its nodes. */
export function isMinikubeNode(node: Pick<V1Node, "metadata">): boolean {
  return node.metadata?.labels?.["minikube.k8s.io/name"] !== undefined;
}
