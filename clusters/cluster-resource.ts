import type * as pulumi from "@pulumi/pulumi";
import { operate } from "../lib/dynamic/operate";

/** What every cluster of this machine is made from. */
interface ClusterInputs {
  readonly name: string;
  readonly ownerFolder: string;
}

/** A cluster of this machine, as the stack keeps it. */
interface ClusterState extends ClusterInputs {
  readonly clusterId: string;
}

/** What is done with a cluster of this machine. */
interface ClusterWork {
  /** The process that does it. */
  readonly program: string;
  /** Whether the cluster of a stack was removed behind our back, or another took its name: all in it is gone. */
  readonly isGone: (status: Readonly<Record<string, unknown>>, state: ClusterState) => boolean;
  /** Whether its owner is recorded anew when the checkout was moved. */
  readonly followsCheckout: boolean;
}

/** A cluster of this machine as a resource: one that is gone is replaced, one that stopped is started again. */
export function clusterProvider({ program, isGone, followsCheckout }: ClusterWork): pulumi.dynamic.ResourceProvider {
  return {
    create: async (inputs: ClusterInputs) => ({
      id: inputs.name,
      outs: { ...inputs, ...(await operate(program, "create", inputs)) },
    }),
    diff: async (_id: string, olds: ClusterState, news: ClusterInputs) => {
      const replaces = olds.name === news.name ? [] : ["name"];
      const status = await operate(program, "status", { name: olds.name });
      if (isGone(status, olds)) replaces.push("name");
      const isMoved = followsCheckout && olds.ownerFolder !== news.ownerFolder;
      return { changes: replaces.length > 0 || status["running"] === false || isMoved, replaces, deleteBeforeReplace: true };
    },
    update: async (_id: string, olds: ClusterState, { ownerFolder }: ClusterInputs) => {
      const now = followsCheckout ? { ...olds, ownerFolder } : olds;
      return { outs: { ...now, ...(await operate(program, "ensure", now)) } };
    },
    read: async (id: string, props: ClusterState) => {
      const status = await operate(program, "status", { name: id });
      if (isGone(status, props)) return { id: "", props: {} };
      // What is in the cluster can only be read when it runs, so that a refresh starts it again.
      return { id, props: status["running"] === true ? props : { ...props, ...(await operate(program, "ensure", props)) } };
    },
    delete: async (_id: string, props: ClusterState) => void (await operate(program, "remove", props)),
  };
}

/** An image of a cluster of this machine. */
interface ImageInputs {
  readonly cluster: string;
  /** Absent: the operation gives it. */
  readonly reference?: string;
}

/** What loads an image into a cluster. Never a replacement: that would replace, not roll, every Deployment that names it. */
export function imageProvider(program: string, operation: string): pulumi.dynamic.ResourceProvider {
  const load = async (inputs: ImageInputs): Promise<object> => ({
    ...inputs,
    ...(await operate(program, operation, { ...inputs, name: inputs.cluster })),
  });
  return {
    create: async (inputs: ImageInputs) => ({
      id: inputs.reference === undefined ? inputs.cluster : `${inputs.cluster}/${inputs.reference}`,
      outs: await load(inputs),
    }),
    update: async (_id: string, _olds: object, news: ImageInputs) => ({ outs: await load(news) }),
    // The image goes with the cluster.
    delete: async () => undefined,
  };
}
