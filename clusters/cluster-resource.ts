import type * as pulumi from "@pulumi/pulumi";
import { operate } from "../lib/dynamic/operate";

interface ClusterInputs {
  readonly name: string;
  readonly ownerFolder: string;
}

interface ClusterState extends ClusterInputs {
  readonly clusterId: string;
}

interface ClusterWork {
  readonly program: string;
  /** Whether the cluster of a stack was removed behind our back, or another took its name: all in it is gone. */
  readonly isGone: (status: Readonly<Record<string, unknown>>, state: ClusterState) => boolean;
  /** Whether its owner is recorded anew when the checkout was moved. */
  readonly followsCheckout: boolean;
  /** Whether the program starts it before its resource is looked at, so that being stopped is no change. */
  readonly isStartedBefore: boolean;
}

/** A cluster of this machine as a resource: one that is gone is replaced, one that stopped is started again. */
export function clusterProvider(work: ClusterWork): pulumi.dynamic.ResourceProvider {
  const { program, isGone, followsCheckout, isStartedBefore } = work;
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
      const isStarted = !isStartedBefore && status["running"] === false;
      return { changes: replaces.length > 0 || isStarted || isMoved, replaces, deleteBeforeReplace: true };
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

interface ImageInputs {
  readonly cluster: string;
  readonly clusterId: string;
  /** Absent: the operation gives it. */
  readonly reference?: string;
}

interface ImageState extends ImageInputs {
  /** What has to be removed from a cluster that stays. */
  readonly loaded?: readonly string[];
}

/** Loads an image into a cluster. Never a replacement: that would replace, not roll, every Deployment that names it. */
export function imageProvider(program: string, operation: string, removal?: string): pulumi.dynamic.ResourceProvider {
  const load = async (inputs: ImageInputs, olds?: ImageState): Promise<object> => {
    // Of a release before this one it may still be used.
    const loaded = olds?.clusterId === inputs.clusterId ? olds.loaded : undefined;
    return { ...inputs, ...(await operate(program, operation, { ...inputs, name: inputs.cluster, loaded })) };
  };
  return {
    create: async (inputs: ImageInputs) => ({
      id: inputs.reference === undefined ? inputs.cluster : `${inputs.cluster}/${inputs.reference}`,
      outs: await load(inputs),
    }),
    update: async (_id: string, olds: ImageState, news: ImageInputs) => {
      const outs = await load(news, olds);
      if (removal !== undefined && olds.loaded !== undefined && olds.clusterId !== news.clusterId)
        await operate(program, removal, olds);
      return { outs };
    },
    delete: async (_id: string, state: ImageState) => {
      if (removal !== undefined && state.loaded !== undefined) await operate(program, removal, state);
    },
  };
}
