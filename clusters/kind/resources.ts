import * as pulumi from "@pulumi/pulumi";
import type { ClusterParts, ClusterRequest } from "../cluster-parts";
import { clusterProvider, imageProvider } from "../cluster-resource";
import { mirrored } from "../../settings/images";
import { nodeImage as pinnedNode } from "./config";
import { thisStack } from "./join";
import type { KindRequest } from "./cluster";
import type { KindImageInputs } from "./load-image";

const program = "clusters/kind-provider.ts";

/** A cluster's owner never changes, but a checkout that was moved looks for its kubeconfig under its new folder's name. */
const kindProvider = clusterProvider({
  program,
  isGone: ({ clusterId }, state) => clusterId !== state.clusterId,
  followsCheckout: true,
  isStartedBefore: true,
});

/** A kind cluster in the local Docker, made or joined, as a resource of the stack. */
export class KindCluster extends pulumi.dynamic.Resource {
  /** Another for every cluster that is made. */
  declare readonly clusterId: pulumi.Output<string>;
  /** An administrator's kubeconfig; secret. */
  declare readonly kubeconfig: pulumi.Output<string>;
  /** Where the gateway's NodePort answers; undefined on a cluster that was joined and does not publish it. */
  declare readonly nodeAddress: pulumi.Output<string | undefined>;
  /** Port of the same host at which Jaeger's NodePort answers. */
  declare readonly jaegerPort: pulumi.Output<number | undefined>;

  constructor(name: string, inputs: KindRequest, options?: pulumi.CustomResourceOptions) {
    const outputs = { clusterId: undefined, kubeconfig: undefined, nodeAddress: undefined, jaegerPort: undefined };
    super(kindProvider, name, { ...inputs, ...outputs }, { ...options, additionalSecretOutputs: ["kubeconfig"] });
  }
}

/** An image of the local Docker, loaded into the nodes of a kind cluster; again for another cluster, and removed from one that stays. */
export class KindImage extends pulumi.dynamic.Resource {
  /** What pods name as their image; known once the nodes have it. */
  declare readonly reference: pulumi.Output<string>;

  constructor(
    name: string,
    inputs: Pick<KindImageInputs, "archive" | "joined"> & {
      readonly cluster: pulumi.Input<string>;
      readonly clusterId: pulumi.Input<string>;
      readonly reference: pulumi.Input<string>;
    },
    options?: pulumi.CustomResourceOptions,
  ) {
    super(imageProvider(program, "load-image", "unload-image"), name, inputs, options);
  }
}

/** The parts of a cluster in Docker. */
export interface KindParts extends ClusterParts {
  /** The cluster's resource; it is `root` as well where the stack makes the cluster. */
  readonly cluster: KindCluster;
}

/**
 * Makes a kind cluster for this stack, starts the one that it has, or joins one.
 *
 * @param request `joined`: what `joinsKind` said. A cluster that was joined stays, so that it is no `root`: what the
 * stack put into it is removed one by one.
 */
export function makeKind(
  name: string,
  request: ClusterRequest & { readonly joined: boolean },
  options: pulumi.CustomResourceOptions,
): KindParts {
  const { clusterName, joined, kindNodeImage, imageMirror } = request;
  const nodeImage = kindNodeImage ?? (imageMirror && mirrored(`docker.io/${pinnedNode}`, imageMirror));
  const cluster = new KindCluster(name, { name: clusterName, joined, ...(nodeImage && { nodeImage }), ...thisStack() }, options);
  return {
    kubeconfig: pulumi.secret(cluster.kubeconfig),
    identifier: cluster.clusterId,
    nodeAddress: cluster.nodeAddress,
    jaegerPort: cluster.jaegerPort,
    root: joined ? undefined : cluster,
    cluster,
  };
}
