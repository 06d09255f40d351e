import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterParts } from "../clusters/cluster-parts";
import type { ClusterKind } from "../settings/cluster-kind";
import { joinExisting } from "../clusters/existing";
import { kubectlFor } from "../clusters/kubectl";
import { type KindCluster, makeKind } from "../clusters/kind/resources";
import { kindKubeconfig } from "../clusters/kind/owner";
import { thisStack } from "../clusters/kind/join";
import { makeSandbox, type Sandbox } from "../clusters/sandbox";

/** Which cluster the stack runs on. */
export interface ClusterArgs {
  readonly kind: ClusterKind;
  /** Name of a cluster that the stack makes. */
  readonly clusterName: string;
  /** Context of the user's kubeconfig, for `existing`. Default: the current one. */
  readonly context?: string;
  /** What the cluster is known by, where that was found out before. Default: its id, or its address. */
  readonly identifier?: string;
  /** Whether HAProxy is needed, for a Redis of three. Default false. */
  readonly haproxy?: boolean;
  /** Whether the kind cluster is there already and not the stack's own. Default false. */
  readonly joined?: boolean;
}

/** The cluster that everything else is put on: made by the stack, or joined. */
export class Cluster extends pulumi.ComponentResource {
  readonly kind: ClusterKind;
  /** Name of the cluster, when the stack made it. */
  readonly clusterName: string;
  /** Content of a kubeconfig; secret. */
  readonly kubeconfig: pulumi.Output<string>;
  /** What resources in the cluster are made through. */
  readonly provider: k8s.Provider;
  /** Host at which NodePorts answer from this machine, where that is known. */
  readonly nodeAddress: pulumi.Output<string | undefined>;
  /** Port of that host at which Jaeger's NodePort answers, where it is another; see {@link ClusterParts}. */
  readonly jaegerPort?: pulumi.Output<number | undefined>;
  /** Changes when the cluster, and with it all that was in it, was made anew. */
  readonly identifier: pulumi.Output<string>;
  /** kubectl with the options that lead to the cluster, for commands that people run. */
  readonly kubectl: string;
  /** Images of the parts that are not the gateway. */
  readonly images: ClusterParts["images"];
  /** The cluster as a resource, when the stack made it: with it everything in it goes. */
  readonly root?: pulumi.Resource;
  /** The sandbox, when it is one; images are loaded into it. */
  readonly sandbox?: Sandbox;
  /** The kind cluster, when it is one; images are loaded into it. */
  readonly kindCluster?: KindCluster;

  constructor(name: string, args: ClusterArgs, options?: pulumi.ComponentResourceOptions) {
    super("plano-affinity:index:Cluster", name, {}, options);
    this.kind = args.kind;
    this.clusterName = args.clusterName;
    const child = { parent: this };
    const made = this.kind === "sandbox" ? makeSandbox(name, args, child) : undefined;
    const inDocker = this.kind === "kind" ? makeKind(name, { ...args, joined: args.joined ?? false }, child) : undefined;
    const parts = made ?? inDocker ?? joinExisting(args);
    this.kubeconfig = parts.kubeconfig;
    this.nodeAddress = parts.nodeAddress;
    this.kubectl = kubectlFor(this.kind, args, kindKubeconfig(args.clusterName, thisStack()));
    this.images = parts.images;
    this.root = parts.root;
    this.sandbox = made?.root;
    this.kindCluster = inDocker?.cluster;
    this.jaegerPort = parts.jaegerPort;
    this.identifier = args.identifier === undefined ? parts.identifier : pulumi.output(args.identifier);
    this.provider = new k8s.Provider(
      name,
      {
        kubeconfig: parts.kubeconfig,
        context: args.context,
        // Without it, a new certificate in the kubeconfig would replace everything.
        clusterIdentifier: this.identifier,
        // When the stack's own cluster is gone, so is everything in it; one that was joined may only be unreachable.
        deleteUnreachable: parts.root !== undefined,
        enableServerSideApply: true,
        // Changed in place: a replaced one is gone for a moment, and pods that start then fail.
        enableConfigMapMutable: true,
        enableSecretMutable: true,
      },
      { ...child, deletedWith: parts.root },
    );
    this.registerOutputs({ kubeconfig: this.kubeconfig, nodeAddress: this.nodeAddress });
  }
}
