import type * as pulumi from "@pulumi/pulumi";

/** What a kind of cluster is asked for. */
export interface ClusterRequest {
  readonly clusterName: string;
  /** Context of the user's kubeconfig, for one that is joined. Default: the current one. */
  readonly context?: string;
  /** Image of the node of a kind cluster. Default: the one of the pinned kind. */
  readonly kindNodeImage?: string;
  /** What published images are pulled from in place of their registries. Default: these. */
  readonly imageMirror?: string;
  /** Whether the stack uses something outside of the cluster, to which a sandbox's pods need a way. */
  readonly outside?: boolean;
  /** Whether HAProxy is needed, which leads to the master of a Redis of three. */
  readonly haproxy?: boolean;
}

/** What every kind of cluster gives to the stack. */
export interface ClusterParts {
  /** Content of a kubeconfig; secret. */
  readonly kubeconfig: pulumi.Output<string>;
  /** Stays the same as long as what is in the cluster stays. */
  readonly identifier: pulumi.Output<string>;
  /** Host at which NodePorts answer from this machine, where that is known. */
  readonly nodeAddress: pulumi.Output<string | undefined>;
  /** Port of that host at which Jaeger's NodePort answers; undefined inside: at none. Absent: at the NodePort itself. */
  readonly jaegerPort?: pulumi.Output<number | undefined>;
  /** Images of the parts that are not the gateway. Absent: the published ones. */
  readonly images?: {
    readonly redis: pulumi.Output<string>;
    readonly jaeger: pulumi.Output<string>;
    /** Undefined where it is not needed. */
    readonly haproxy: pulumi.Output<string> | undefined;
  };
  /** The cluster as a resource, when the stack made it: with it everything in it goes. */
  readonly root?: pulumi.Resource;
}
