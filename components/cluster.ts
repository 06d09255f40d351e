import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterParts, ClusterRequest } from "../clusters/cluster-parts";
import type { ClusterKind } from "../settings/cluster-kind";
import { joinExisting } from "../clusters/existing";
import { kubectlFor } from "../clusters/kubectl";
import { type KindCluster, makeKind } from "../clusters/kind/resources";
import { kindKubeconfig } from "../clusters/kind/owner";
import { thisStack } from "../clusters/kind/join";
import { makeSandbox, type Sandbox } from "../clusters/sandbox";

/** Which cluster the stack runs on. */
export interface ClusterArgs extends ClusterRequest {
  readonly kind: ClusterKind;
  /** What the cluster is known by, where that was found out before. Default: its id, or its address. */
  readonly identifier?: string;
  /** Whether the kind cluster is there already and not the stack's own. Default false. */
  readonly joined?: boolean;
}

/** The cluster that everything else is put on: made by the stack, or joined. */
export class Cluster extends pulumi.ComponentResource {
  readonly kind: ClusterKind;
  readonly clusterName: string;
  /** What its kind gives to the stack. */
  readonly parts: ClusterParts;
  readonly provider: k8s.Provider;
  /** kubectl with the options that lead to the cluster, for commands that people run. */
  readonly kubectl: string;
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
    this.parts = made ?? inDocker ?? joinExisting(args);
    const { kubeconfig, nodeAddress, root, identifier } = this.parts;
    this.kubectl = kubectlFor(this.kind, args, kindKubeconfig(args.clusterName, thisStack()));
    this.sandbox = made?.root;
    this.kindCluster = inDocker?.cluster;
    this.provider = new k8s.Provider(
      name,
      {
        kubeconfig,
        context: args.context,
        // Without it, a new certificate in the kubeconfig would replace everything.
        clusterIdentifier: args.identifier ?? identifier,
        // When the stack's own cluster is gone, so is everything in it; one that was joined may only be unreachable.
        deleteUnreachable: root !== undefined,
        enableServerSideApply: true,
        // Changed in place: a replaced one is gone for a moment, and pods that start then fail.
        enableConfigMapMutable: true,
        enableSecretMutable: true,
      },
      { ...child, deletedWith: root, dependsOn: made?.wayOut === undefined ? [] : [made.wayOut] },
    );
    this.registerOutputs({ kubeconfig, nodeAddress });
  }
}
