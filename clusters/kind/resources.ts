import * as pulumi from "@pulumi/pulumi";
import { operate } from "../../lib/dynamic/operate";
import type { ClusterParts, ClusterRequest } from "../cluster-parts";
import { publishedImages } from "../existing";
import { thisStack } from "./join";
import type { KindRequest } from "./cluster";

const program = "clusters/kind-provider.ts";

/** The outputs of a cluster, as the stack keeps them. */
type KindState = KindRequest & { readonly clusterId: string };

const kindProvider: pulumi.dynamic.ResourceProvider = {
  async create(inputs: KindRequest) {
    return { id: inputs.name, outs: { ...inputs, ...(await operate(program, "create", inputs)) } };
  },
  async diff(_id: string, olds: KindState, news: KindRequest) {
    const replaces = olds.name === news.name ? [] : ["name"];
    const status = await operate(program, "status", { name: olds.name });
    // One that was removed behind our back, or whose name another took since, is gone with everything in it; one that
    // stopped is started again. Whose it is was settled when it was made or joined, and does not change.
    if (status["clusterId"] !== olds.clusterId) replaces.push("name");
    const changes = replaces.length > 0 || status["running"] === false || olds.ownerFolder !== news.ownerFolder;
    return { changes, replaces, deleteBeforeReplace: true };
  },
  async update(_id: string, olds: KindState, { ownerFolder }: KindRequest) {
    // A checkout that was moved looks for the kubeconfig under its new folder's name.
    const now = { ...olds, ownerFolder };
    return { outs: { ...now, ...(await operate(program, "ensure", now)) } };
  },
  async read(id: string, props: KindState) {
    const status = await operate(program, "status", { name: id });
    if (status["clusterId"] !== props.clusterId) return { id: "", props: {} };
    // What is in the cluster can only be read when it runs, so that a refresh starts it again.
    return { id, props: status["running"] === true ? props : { ...props, ...(await operate(program, "ensure", props)) } };
  },
  async delete(_id: string, props: KindState) {
    await operate(program, "remove", props);
  },
};

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
  /** True: the stack did not make it, and does not remove it. */
  declare readonly joined: pulumi.Output<boolean>;

  constructor(name: string, inputs: KindRequest, options?: pulumi.CustomResourceOptions) {
    const outputs = { clusterId: undefined, kubeconfig: undefined, nodeAddress: undefined, jaegerPort: undefined };
    super(kindProvider, name, { ...inputs, ...outputs }, { ...options, additionalSecretOutputs: ["kubeconfig"] });
  }
}

const imageProvider: pulumi.dynamic.ResourceProvider = {
  async create(inputs: { cluster: string; reference: string }) {
    await operate(program, "load-image", inputs);
    return { id: `${inputs.cluster}/${inputs.reference}`, outs: inputs };
  },
  // Never a replacement: that would replace, not roll, every Deployment that names the image.
  async update(_id: string, _olds: object, news: { cluster: string; reference: string }) {
    await operate(program, "load-image", news);
    return { outs: news };
  },
  async delete() {
    // The image goes with the cluster.
  },
};

/** An image of the local Docker, loaded into the nodes of a kind cluster; again for another cluster. */
export class KindImage extends pulumi.dynamic.Resource {
  /** What pods name as their image; known once the nodes have it. */
  declare readonly reference: pulumi.Output<string>;

  constructor(
    name: string,
    inputs: { cluster: pulumi.Input<string>; clusterId: pulumi.Input<string>; reference: pulumi.Input<string> },
    options?: pulumi.CustomResourceOptions,
  ) {
    super(imageProvider, name, inputs, options);
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
  const { clusterName, joined } = request;
  const cluster = new KindCluster(name, { name: clusterName, joined, ...thisStack() }, options);
  return {
    kind: "kind",
    kubeconfig: pulumi.secret(cluster.kubeconfig),
    identifier: cluster.clusterId,
    nodeAddress: cluster.nodeAddress,
    jaegerPort: cluster.jaegerPort,
    images: {
      redis: pulumi.output(publishedImages.redis),
      jaeger: pulumi.output(publishedImages.jaeger),
      haproxy: pulumi.output(publishedImages.haproxy),
    },
    root: joined ? undefined : cluster,
    cluster,
  };
}
