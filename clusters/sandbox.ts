import * as pulumi from "@pulumi/pulumi";
import { operate } from "../lib/dynamic/operate";
import type { ClusterParts, ClusterRequest } from "./cluster-parts";
import type { SandboxInputs } from "./sandbox-provider";

const program = "clusters/sandbox-provider.ts";

const sandboxProvider: pulumi.dynamic.ResourceProvider = {
  async create(inputs: SandboxInputs) {
    return { id: inputs.name, outs: { ...inputs, ...(await operate(program, "create", inputs)) } };
  },
  async diff(_id: string, olds: SandboxInputs, news: SandboxInputs) {
    // A checkout that was moved keeps its sandbox, under the owner's name that was recorded.
    const replaces = olds.name === news.name ? [] : ["name"];
    const status = await operate(program, "status", { name: olds.name });
    // One that was removed behind our back is replaced, with everything in it; one that stopped is started again.
    if (status["exists"] === false) replaces.push("name");
    return { changes: replaces.length > 0 || status["running"] === false, replaces, deleteBeforeReplace: true };
  },
  async update(_id: string, olds: SandboxInputs) {
    return { outs: { ...olds, ...(await operate(program, "ensure", olds)) } };
  },
  async read(id: string, props: SandboxInputs) {
    const status = await operate(program, "status", { name: id });
    if (status["exists"] === false) return { id: "", props: {} };
    // What is in the cluster can only be read when it runs, so that a refresh starts it again.
    return { id, props: status["running"] === true ? props : { ...props, ...(await operate(program, "ensure", props)) } };
  },
  async delete(_id: string, props: SandboxInputs) {
    await operate(program, "remove", props);
  },
};

/** A sandbox cluster on this machine, as a resource of the stack. */
export class Sandbox extends pulumi.dynamic.Resource {
  /** Another for every cluster that is made. */
  declare readonly clusterId: pulumi.Output<string>;
  /** An administrator's kubeconfig; secret. */
  declare readonly kubeconfig: pulumi.Output<string>;
  /** Where NodePorts answer. */
  declare readonly nodeAddress: pulumi.Output<string>;
  declare readonly images: pulumi.Output<{ redis: string; jaeger: string }>;

  constructor(name: string, inputs: SandboxInputs, options?: pulumi.CustomResourceOptions) {
    const outputs = { clusterId: undefined, kubeconfig: undefined, nodeAddress: undefined, images: undefined };
    super(sandboxProvider, name, { ...inputs, ...outputs }, { ...options, additionalSecretOutputs: ["kubeconfig"] });
  }
}

/** What a sandbox's image is made and loaded by. Never a replacement: that would replace, not roll, what names the image. */
function imageProvider(operation: string): pulumi.dynamic.ResourceProvider {
  const load = async (inputs: { cluster: string }): Promise<object> => ({
    ...inputs,
    ...(await operate(program, operation, { name: inputs.cluster })),
  });
  return {
    create: async (inputs: { cluster: string }) => ({ id: inputs.cluster, outs: await load(inputs) }),
    update: async (_id: string, _olds: object, news: { cluster: string }) => ({ outs: await load(news) }),
    // The image goes with the cluster.
    delete: async () => undefined,
  };
}

/** What tells when an image is to be loaded again. */
interface ImageInputs {
  readonly cluster: pulumi.Input<string>;
  readonly clusterId: pulumi.Input<string>;
}

/** An image that is made for a sandbox and loaded into it. */
class SandboxImage extends pulumi.dynamic.Resource {
  /** What pods name as their image. */
  declare readonly reference: pulumi.Output<string>;

  constructor(operation: string, name: string, inputs: ImageInputs, options?: pulumi.CustomResourceOptions) {
    super(imageProvider(operation), name, { ...inputs, reference: undefined }, options);
  }
}

/** The stand-in's image, built from this checkout. */
export class SandboxStandinImage extends SandboxImage {
  /** @param inputs `source` is a digest of all that goes into the image: a change builds it again. */
  constructor(name: string, inputs: ImageInputs & { readonly source: string }, options?: pulumi.CustomResourceOptions) {
    super("load-standin", name, inputs, options);
  }
}

/** Makes a sandbox for this stack, or starts the one that it has. */
export function makeSandbox(
  name: string,
  request: ClusterRequest,
  options: pulumi.CustomResourceOptions,
): ClusterParts & { readonly root: Sandbox } {
  const owner = `${pulumi.getProject()}/${pulumi.getStack()}`;
  const sandbox = new Sandbox(name, { name: request.clusterName, owner, ownerFolder: process.cwd() }, options);
  const images = { cluster: request.clusterName, clusterId: sandbox.clusterId };
  const withSandbox = { ...options, deletedWith: sandbox };
  const haproxy = request.haproxy === true ? new SandboxImage("load-haproxy", `${name}-haproxy`, images, withSandbox) : undefined;
  return {
    kind: "sandbox",
    kubeconfig: pulumi.secret(sandbox.kubeconfig),
    identifier: sandbox.clusterId,
    nodeAddress: sandbox.nodeAddress,
    images: { redis: sandbox.images.redis, jaeger: sandbox.images.jaeger, haproxy: haproxy?.reference },
    root: sandbox,
  };
}
