import type { Replica } from "../history";
import type { Disruptable } from "./kubernetes/kubernetes-disruptable";

/** A deployment that has been found and can be asked. Disposing of it closes tunnels. */
export interface ConnectedTarget extends AsyncDisposable {
  readonly replicas: readonly Replica[];
  /** Of a load balancer, whose every request gets a connection of its own: the replicas that the check front-door saw. */
  readonly behind?: Replica[];
  /** Connections per replica that the way to it bears. */
  readonly connectionsPerReplica: number;
  /**
   * URL of the Redis that holds the pins; may hold a password.
   * @throws Unmeasurable when there is none or it cannot be found
   */
  redisUrl(): Promise<string>;
  /** Likewise, with the one user that may pause it; undefined where there is none, or its password may not be read. */
  pauseUrl?(): Promise<string | undefined>;
  /**
   * URL of the Jaeger query service.
   * @throws Unmeasurable when there is none or it cannot be found
   */
  jaegerUrl(): Promise<string>;
  /** Why connections to the replica break, if a tunnel knows. */
  explain(replica: Replica): string | undefined;
  /** What has changed since the target was found, e.g. a pod that restarted; empty when nothing has. */
  changes(): Promise<readonly string[]>;
  /**
   * What may be disturbed on purpose; found once, with the first call's wish. Undefined where the target is no Deployment.
   * @param scales whether it is also to be scaled
   * @throws Unmeasurable when it is not certain what that would be; nothing has been changed then
   */
  disruptable?(scales: boolean): Promise<Disruptable>;
}
