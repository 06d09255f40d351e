import type { ClusterClient } from "../client";
import type { KubernetesObject } from "../objects";

/** What a look at an object found. */
export interface Readiness {
  readonly ready: boolean;
  /** What was seen, in a few words; the end of the error if the time runs out. */
  readonly seen: string;
  /** Waiting longer cannot help: the wait ends at once. Default false. */
  readonly hopeless?: boolean;
}

/** How long an object has to become ready, and how it is seen that it has. */
export interface ReadinessRule {
  /** In seconds, unless the user says otherwise; the official provider's defaults. */
  readonly timeoutSeconds: number;
  /** Looks at the object, and at what belongs to it. */
  check(object: KubernetesObject, client: ClusterClient, elapsedMs: number): Promise<Readiness>;
  /** More about a failure, such as a pod's last log lines; empty where there is nothing to add. */
  explain?(object: KubernetesObject, client: ClusterClient): Promise<string>;
}

/** Ready, with what shows it. */
export function ready(seen: string): Readiness {
  return { ready: true, seen };
}

/** Not yet, and why. */
export function waiting(seen: string): Readiness {
  return { ready: false, seen };
}
