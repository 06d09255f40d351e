import * as pulumi from "@pulumi/pulumi";
import type { PlanoSource } from "../sandbox/images/plano";
import type { SandboxRequest } from "../sandbox/lifecycle/sandbox";
import { operate } from "../lib/dynamic/operate";
import { clusterProvider, imageProvider } from "./cluster-resource";
import type { ClusterParts, ClusterRequest } from "./cluster-parts";
import { thisStack } from "./kind/join";

const program = "clusters/sandbox-provider.ts";

/** A checkout that was moved keeps its sandbox, under the owner's name that was recorded. */
const sandboxProvider = clusterProvider({
  program,
  isGone: ({ exists }) => exists === false,
  followsCheckout: false,
  isStartedBefore: false,
});

/** A sandbox cluster on this machine, as a resource of the stack. */
export class Sandbox extends pulumi.dynamic.Resource {
  /** Another for every cluster that is made. */
  declare readonly clusterId: pulumi.Output<string>;
  /** An administrator's kubeconfig; secret. */
  declare readonly kubeconfig: pulumi.Output<string>;
  /** Where NodePorts answer. */
  declare readonly nodeAddress: pulumi.Output<string>;
  declare readonly images: pulumi.Output<{ redis: string; jaeger: string }>;

  constructor(name: string, inputs: SandboxRequest, options?: pulumi.CustomResourceOptions) {
    const outputs = { clusterId: undefined, kubeconfig: undefined, nodeAddress: undefined, images: undefined };
    super(sandboxProvider, name, { ...inputs, ...outputs }, { ...options, additionalSecretOutputs: ["kubeconfig"] });
  }
}

/** What tells when an image is to be loaded again. */
interface ImageInputs {
  readonly cluster: pulumi.Input<string>;
  readonly clusterId: pulumi.Input<string>;
  /** A digest of all that goes into the image: a change builds it again. */
  readonly source?: string;
  readonly plano?: PlanoSource;
}

/** An image that is made for a sandbox and loaded into it. */
export class SandboxImage extends pulumi.dynamic.Resource {
  /** What pods name as their image. */
  declare readonly reference: pulumi.Output<string>;

  /** @param operation `load-standin`: the stand-in's image, built from this checkout */
  constructor(
    operation: "load-haproxy" | "load-plano" | "load-standin",
    name: string,
    inputs: ImageInputs,
    options?: pulumi.CustomResourceOptions,
  ) {
    super(imageProvider(program, operation), name, { ...inputs, reference: undefined }, options);
  }
}

interface WayOutInputs {
  readonly cluster: string;
}

const openWayOut = async (inputs: WayOutInputs) => {
  await operate(program, "open-way-out", { name: inputs.cluster });
  return { id: inputs.cluster, outs: inputs };
};

const wayOutProvider: pulumi.dynamic.ResourceProvider = {
  create: openWayOut,
  // It ends with the node, which may have been started again since.
  diff: async (_id: string, { cluster }: WayOutInputs) => ({
    changes: (await operate(program, "has-way-out", { name: cluster }))["open"] !== true,
  }),
  update: (_id: string, _olds: object, news: WayOutInputs) => openWayOut(news),
  delete: async (_id: string, { cluster }: WayOutInputs) => void (await operate(program, "close-way-out", { name: cluster })),
};

/** What lets a sandbox's pods reach the outside. Without it they reach nothing. */
class SandboxWayOut extends pulumi.dynamic.Resource {
  constructor(name: string, inputs: WayOutInputs, options: pulumi.CustomResourceOptions) {
    super(wayOutProvider, name, inputs, options);
  }
}

/** Makes a sandbox for this stack, or starts the one that it has. */
export function makeSandbox(
  name: string,
  request: ClusterRequest,
  options: pulumi.CustomResourceOptions,
): ClusterParts & { readonly root: Sandbox; readonly wayOut?: pulumi.Resource } {
  const sandbox = new Sandbox(name, { name: request.clusterName, ...thisStack() }, options);
  const images = { cluster: request.clusterName, clusterId: sandbox.clusterId };
  const withSandbox = { ...options, deletedWith: sandbox };
  const haproxy = request.haproxy === true ? new SandboxImage("load-haproxy", `${name}-haproxy`, images, withSandbox) : undefined;
  return {
    kubeconfig: pulumi.secret(sandbox.kubeconfig),
    identifier: sandbox.clusterId,
    nodeAddress: sandbox.nodeAddress,
    images: { redis: sandbox.images.redis, jaeger: sandbox.images.jaeger, haproxy: haproxy?.reference },
    root: sandbox,
    ...(request.outside === true
      ? { wayOut: new SandboxWayOut(`${name}-way-out`, { cluster: request.clusterName }, { ...withSandbox, dependsOn: sandbox }) }
      : {}),
  };
}
