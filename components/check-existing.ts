import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { findContext } from "../clusters/kubeconfig";
import { type Plan, preflight, stackAnnotation } from "../clusters/preflight";
import type { ClusterDefaults, Settings } from "../settings";
import { nodePorts } from "./names";
import { plannedObjects } from "./planned-objects";

/**
 * Looks at a cluster of the user's before anything is made in it, and has everything that is made there marked as this
 * stack's. The mark is random and kept in the stack's state: a stack of the same name elsewhere has another.
 *
 * @throws pulumi.RunError with everything that stands in the way.
 */
export async function checkExisting(settings: Settings, choices: ClusterDefaults): Promise<void> {
  const cluster = findContext(settings.context);
  const stackId = await knownValue(new random.RandomId("stack-id", { byteLength: 8 }).hex);
  if (stackId !== undefined) markEverything(stackId);
  await preflight(cluster, planOf(settings, choices, stackId));
}

/** What a stack is about to do. @param stackId undefined for one that has made nothing yet */
export function planOf(settings: Settings, choices: ClusterDefaults, stackId: string | undefined): Plan {
  const { serviceType, metricsServer } = choices;
  return {
    stackId,
    namespace: settings.namespace,
    createNamespace: settings.createNamespace,
    objects: plannedObjects({ ...settings, ...choices }),
    serviceType,
    nodePort: serviceType === "NodePort" ? nodePorts.gateway : undefined,
    storageClass: settings.storageClass,
    metricsServer,
  };
}

/** Gives every Kubernetes object from now on the annotation that tells whose it is. */
function markEverything(stackId: string): void {
  pulumi.runtime.registerStackTransformation(({ type, props, opts }) => {
    const { metadata } = props as { readonly metadata?: { readonly annotations?: object } };
    if (!type.startsWith("kubernetes:") || metadata === undefined) return undefined;
    const annotations = { ...metadata.annotations, [stackAnnotation]: stackId };
    return { props: { ...props, metadata: { ...metadata, annotations } }, opts };
  });
}

/** An output's value; undefined in the preview of what would make it. */
async function knownValue(output: pulumi.Output<string>): Promise<string | undefined> {
  // The SDK has no public way to ask: an apply never runs for what is not known.
  const { isKnown } = output as unknown as { readonly isKnown: Promise<boolean> };
  return (await isKnown) ? new Promise((resolve) => void output.apply(resolve)) : undefined;
}
