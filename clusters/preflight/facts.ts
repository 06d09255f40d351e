import type {
  CoreV1Event,
  V1Namespace,
  V1ObjectMeta,
  V1ResourceQuota,
  V1Service,
  V1StorageClass,
  VersionInfo,
} from "@kubernetes/client-node" with {
  "resolution-mode": "import",
};
import type { Refusal } from "../../lib/kubernetes/errors";
import type { Manifest } from "../../lib/kubernetes/objects";
import { type Claim, type PodTemplate, stackAnnotation } from "./plan";
import type { PlannedKind, Right } from "./rights";

/** What was found, or why it could not be looked at: the account may not, or nothing answered. */
export type Look<T> = { readonly seen: T } | { readonly unseen: string };

/** An object as far as preflight looks into any. */
export interface LiveObject {
  readonly metadata?: V1ObjectMeta;
  readonly spec?: Claim["spec"] & { readonly volumeClaimTemplates?: readonly Claim[]; readonly replicas?: number };
}

/** An object of the plan, and the one of its name that is there already. */
export interface Planned extends PlannedKind {
  /** `seen: undefined`: there is none. */
  readonly live: Look<LiveObject | undefined>;
}

/** What the API server said to a dry run. */
export interface Trial {
  readonly planned: Planned;
  /** What was tried: the object, or what its controller will make of it. */
  readonly what: "object" | "pod" | "claim";
  /** A pod comes back with what LimitRanges fill in. */
  readonly answer: { readonly accepted: PodTemplate } | { readonly refused: Refusal } | { readonly unknown: string };
}

/** All that preflight knows of a cluster. Objects as the API gives them as JSON. */
export interface ClusterFacts {
  /** `{ major: "1", minor: "34" }`; some clouds write `34+`. */
  readonly version: Partial<VersionInfo>;
  readonly context: string;
  readonly namespace: Look<V1Namespace | undefined>;
  readonly planned: readonly Planned[];
  readonly unserved: readonly Manifest[];
  readonly denied: Look<readonly Right[]>;
  /** Of what is not there yet, and of all pods; of nothing in a namespace that is still to be made. */
  readonly trials: readonly Trial[];
  readonly storageClasses: Look<readonly V1StorageClass[]>;
  /** Warnings about claims of the namespace that have no volume yet, the last one of a claim last. */
  readonly claimWarnings: Look<readonly CoreV1Event[]>;
  /** Services of all namespaces; not asked for where no port of the nodes is taken. */
  readonly services: Look<readonly V1Service[]>;
  readonly quotas: Look<readonly V1ResourceQuota[]>;
  readonly metricsApi: Look<"served" | "absent">;
  /** Keys of the Secret that has to be there; undefined: it is not, or none is needed. */
  readonly foreignKeys: Look<readonly string[] | undefined>;
}

/** What was seen; `otherwise` where it could not be looked at. */
export function seenOr<T, D>(look: Look<T>, otherwise: D): T | D {
  return "seen" in look ? look.seen : otherwise;
}

/** Whether an object was made by the stack of this id; a stack without one has made nothing. */
export function isOwn(live: Pick<LiveObject, "metadata">, stackId: string | undefined): boolean {
  return stackId !== undefined && live.metadata?.annotations?.[stackAnnotation] === stackId;
}

/** The stack's own object of a planned one's name, where it is there already. */
export function ownLive({ live }: Planned, stackId: string | undefined): LiveObject | undefined {
  const found = seenOr(live, undefined);
  return found !== undefined && isOwn(found, stackId) ? found : undefined;
}

/** Whether anything of the stack is there already; undefined: that could not be seen. */
export function holdsStack({ planned }: Pick<ClusterFacts, "planned">, stackId: string | undefined): boolean | undefined {
  if (planned.some((it) => ownLive(it, stackId) !== undefined)) return true;
  return planned.some(({ live }) => "unseen" in live) ? undefined : false;
}
