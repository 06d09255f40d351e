import type { Replica } from "../history";

/** An object of the cluster; `uid` tells it from a later one of the same name. */
export interface NamedObject {
  readonly name: string;
  readonly uid: string;
}

/** What may be disturbed, as it was found. */
export interface Workload {
  readonly server: string;
  /** Kubeconfig context; undefined inside a cluster. */
  readonly context: string | undefined;
  readonly namespace: string;
  readonly deployment: NamedObject & { readonly replicas: number };
  readonly pods: readonly (NamedObject & Pick<PodLook, "readySeconds">)[];
  /** As it was before anything was changed; undefined where there is none, or where nothing is to be scaled. */
  readonly autoscaler: (NamedObject & { readonly min: number; readonly max: number }) | undefined;
  /** Redis' pod, of several the master, and in words what replaces it: `StatefulSet redis`; or why it is left alone. */
  readonly redis: { readonly pod: NamedObject; readonly owner: string } | { readonly leftOut: string };
  /** The scale that a run left behind when it was killed; it is put back before anything else. */
  readonly leftover: KeptScale | undefined;
}

/** The numbers that `scale` changes and puts back. */
export interface Scale {
  readonly replicas: number;
  /** Undefined without an autoscaler. */
  readonly min?: number;
  readonly max?: number;
}

/** A scale to be put back, as it is noted in the cluster. */
export interface KeptScale extends Scale {
  /** Which run has noted it. */
  readonly run?: string;
}

/** A pod of the Deployment at one moment. */
export interface PodLook extends NamedObject {
  /** It is ready and not on its way out. */
  readonly ready: boolean;
  /** It has been told to end. */
  readonly leaving: boolean;
  /** In a few words, e.g. `container gateway waits: CrashLoopBackOff`. */
  readonly state: string;
  /** How long after it was made it became ready, in seconds, where that can be told. */
  readonly readySeconds?: number | undefined;
  /** Its address, and that of the node that runs it. */
  readonly podIp?: string | undefined;
  readonly hostIp?: string | undefined;
  /** The way to it; only for ready pods. */
  readonly replica?: Replica;
}

/** The Deployment at one moment. */
export interface DeploymentLook {
  readonly wanted: number;
  /** Whether its controller has seen the latest change. */
  readonly observed: boolean;
  /** Replicas made from the latest template. */
  readonly updated: number;
  /** Number of the latest template; empty where the cluster does not count them. */
  readonly revision: string;
  /** All that match the selector, apart from those that ended for good. */
  readonly pods: readonly PodLook[];
}

/** The right to do something to a kind of object. */
export interface Right {
  /** API group; empty for the core. */
  readonly group: string;
  /** E.g. `deployments/scale`. */
  readonly resource: string;
  readonly verb: string;
}
