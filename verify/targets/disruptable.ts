import type { Replica } from "../history";

/** An object of the cluster; `uid` tells it from a later one of the same name. */
export interface NamedObject {
  readonly name: string;
  readonly uid: string;
}

/** The autoscaler that owns a Deployment's replicas, as it was before anything was changed. */
export interface Autoscaler extends NamedObject {
  readonly min: number;
  readonly max: number;
}

/** What may be disturbed, as it was found. */
export interface Workload {
  /** Address of the API server. */
  readonly server: string;
  /** Kubeconfig context; undefined inside a cluster. */
  readonly context: string | undefined;
  readonly namespace: string;
  readonly deployment: NamedObject & { readonly replicas: number };
  readonly pods: readonly NamedObject[];
  /** Undefined where there is none, or where nothing is to be scaled. */
  readonly autoscaler: Autoscaler | undefined;
  /**
   * Redis' pod, and in words what replaces it: `StatefulSet redis`, or `StatefulSet redis, the master of 3`; or why it is
   * left alone.
   */
  readonly redis: { readonly pod: NamedObject; readonly owner: string } | { readonly leftOut: string };
  /** The scale that a run left behind when it was killed; it is put back before anything else. */
  readonly leftover: Scale | undefined;
}

/** The numbers that `scale` changes and puts back. */
export interface Scale {
  readonly replicas: number;
  /** Undefined without an autoscaler. */
  readonly min?: number;
  readonly max?: number;
}

/** A pod of the Deployment at one moment. */
export interface PodLook extends NamedObject {
  /** It is ready and not on its way out. */
  readonly ready: boolean;
  /** It has been told to end. */
  readonly leaving: boolean;
  /** In a few words, e.g. `container gateway waits: CrashLoopBackOff`. */
  readonly state: string;
  /** The way to it; only for ready pods. */
  readonly replica?: Replica;
}

/** The Deployment at one moment. */
export interface DeploymentLook {
  /** Replicas that are wanted. */
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

/**
 * A Deployment that may be disturbed, and its Redis. Every method but the looks changes the cluster.
 * All of them throw Unmeasurable with one line for people when the API server refuses or cannot be asked.
 */
export interface Disruptable {
  readonly workload: Workload;
  look(): Promise<DeploymentLook>;
  /** All pods that match Redis' selector, without ways to them. */
  redisPods(): Promise<readonly PodLook[]>;
  /** The pod of the Redis that takes writes, where there are several. */
  redisMaster(): Promise<NamedObject>;
  /** UIDs of pods behind a Service that takes them for ready. */
  endpoints(): Promise<ReadonlySet<string>>;
  /** Of these rights, those that we do not have. */
  missingRights(rights: readonly Right[]): Promise<readonly Right[]>;
  /** Deletes this very pod, not a later one of its name, in the usual time of grace. */
  deletePod(pod: NamedObject): Promise<void>;
  /** Replaces all pods one after another, as `kubectl rollout restart` does. */
  roll(): Promise<void>;
  /** Holds the Deployment at a number of replicas. What it was before is kept in an annotation first. */
  hold(replicas: number): Promise<void>;
  /**
   * Puts the scale back as it was before the first {@link hold}, or before a run that was killed; nothing to put back is
   * no error. Works also when the run has been interrupted.
   */
  putBack(signal: AbortSignal): Promise<void>;
}
