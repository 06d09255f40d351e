import type { StackCluster } from "./cluster";
import type { RedisFacts } from "./redis";
import type { ReportVerdict } from "./reports";
import type { Seen } from "./seen";
import type { AffinityOutput, StackFacts } from "./stack";
import type { AutoscalerFacts, GatewayFacts, ReplicaFacts } from "./workload";

/** What is asked of the cluster. */
export interface ClusterFacts {
  /** Kubernetes' version, or why the cluster does not answer. */
  readonly runs: Seen<string>;
  readonly gateway: Seen<GatewayFacts>;
  readonly replicas: Seen<readonly ReplicaFacts[]>;
  readonly autoscaler: Seen<AutoscalerFacts>;
  readonly redis: Seen<RedisFacts & { readonly name: string; readonly external: boolean }>;
}

/** All that one screen shows. */
export interface StatusFacts extends ClusterFacts {
  readonly now: Date;
  readonly stack: StackFacts;
  readonly namespace: string;
  readonly cluster: StackCluster;
  readonly verdict: Seen<AffinityOutput & { readonly at: Date | undefined }>;
  /** The newest report of the verifier in this checkout; undefined: there is none. */
  readonly report: Seen<ReportVerdict> | undefined;
}
