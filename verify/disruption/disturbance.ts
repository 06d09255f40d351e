import type { DeploymentLook } from "../targets/disruptable";
import type { Stage } from "./stage";

/** What reports, and `--faults` of a soak, know disturbances by. */
export type DisturbanceId =
  "pod-deleted" | "rollout" | "redis-clients-killed" | "redis-restarted" | "replica-added" | "replica-removed";

/** One way to disturb a deployment. */
export interface Disturbance {
  readonly id: DisturbanceId;
  /** What is done, e.g. `Pod deleted`. */
  readonly title: string;
  /** The same for use after a time: `a pod was deleted`. */
  readonly after: string;
  /** Redis is disturbed: pins cannot be read until the replicas have found it again. */
  readonly outage?: true;
  /**
   * The number of replicas changes. It has recovered as soon as all replicas are ready, and what they do from then on is
   * judged; without it, once fresh sessions are shared. A cluster without room for a replica says nothing of the gateway.
   */
  readonly scales?: true;
  /**
   * Does it.
   * @param before the Deployment just before; all replicas are ready
   * @throws Unmeasurable
   */
  readonly inflict: (stage: Stage, before: DeploymentLook) => Promise<Inflicted>;
}

/** A disturbance that has been brought about, or is being. */
export interface Inflicted {
  /** To what it was done, e.g. `pod plano-0`. */
  readonly target: string;
  /** @returns the proof that it has landed, in one sentence. @throws NotYet */
  readonly landed: () => Promise<string>;
  /** What is missing, apart from ready replicas, until all is as it was; undefined when nothing is. */
  readonly missing?: (look: DeploymentLook) => Promise<string | undefined>;
  /**
   * Once all is over: what it came to, added to the proof.
   * @param look has the replicas that will be asked
   * @throws Unmeasurable when their answers would say nothing of the disturbance
   */
  readonly outcome?: (look: DeploymentLook) => string | undefined;
}
