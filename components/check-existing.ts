import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { ClusterKind } from "../settings/cluster-kind";
import { idOfCluster } from "../clusters/choose";
import { joinedKind } from "../clusters/kind/join";
import { findContext } from "../clusters/existing";
import { type Plan, preflight, stackAnnotation } from "../clusters/preflight";
import type { ClusterDefaults, Settings } from "../settings";
import { plannedManifests } from "./planned-manifests";
import { knownValue } from "./outputs";

/** What was found out about a cluster. */
export interface CheckedCluster {
  /** What the cluster is known by; undefined: its resource will say it. */
  readonly identifier: string | undefined;
  /** The mark of everything that the stack makes there. */
  readonly annotations?: { readonly [name: string]: string };
}

/**
 * Looks at a cluster of the user's before anything is made in it, and says how everything that is made there is marked as
 * this stack's. The mark is random and kept in the stack's state: a stack of the same name elsewhere has another.
 *
 * A kind cluster of the stack's own is not looked at, but marked: when it is not known for its own any more, it is joined.
 *
 * @param chosen the kind of cluster, and whether it is a kind cluster that was there before the stack
 * @throws pulumi.RunError with everything that stands in the way.
 */
export async function checkExisting(
  settings: Settings,
  choices: ClusterDefaults,
  { kind, joined }: { readonly kind: ClusterKind; readonly joined: boolean },
): Promise<CheckedCluster> {
  if (kind === "sandbox") return { identifier: await idToPreview(kind, settings.clusterName) };
  const found = kind === "existing" ? findContext(settings.context) : undefined;
  const stackId = await knownValue(new random.RandomId("stack-id", { byteLength: 8 }).hex);
  const annotations = stackId === undefined ? undefined : { [stackAnnotation]: stackId };
  const cluster = found ?? (joined ? await joinedKind(settings.clusterName) : undefined);
  const isThere = cluster && (await preflight(cluster, planOf(settings, choices, kind, stackId)));
  const identifier =
    found === undefined ? await idToPreview("kind", settings.clusterName) : await identify(found, settings, isThere);
  return { identifier, annotations };
}

/** In a preview, the resource of a cluster that is to be started again says nothing: all in it would seem to be replaced. */
async function idToPreview(kind: "kind" | "sandbox", name: string): Promise<string | undefined> {
  return pulumi.runtime.isDryRun() ? idOfCluster(kind, name) : undefined;
}

/** What a stack is about to do. @param stackId undefined for one that has made nothing yet */
export function planOf(settings: Settings, choices: ClusterDefaults, kind: ClusterKind, stackId: string | undefined): Plan {
  const { namespace, createNamespace, storageClass } = settings;
  const { metricsServer } = choices;
  const place = { namespace, createNamespace, storageClass, metricsServer };
  return { stackId, ...place, ...plannedManifests(settings, choices, kind) };
}

/**
 * What tells the cluster from others: the address at which the stack was first made in it, which its state keeps. It may
 * have another by now: what is found there with the stack's mark tells that it is the same.
 *
 * A stack that follows the current context would move with it: made anew where that leads now, and deleted where it was.
 * A context that is named moves it.
 */
async function identify(
  { context, server }: { readonly context: string; readonly server: string },
  { context: wanted, namespace }: Settings,
  isThere: boolean | undefined,
): Promise<string> {
  const moves = wanted !== undefined && isThere === false;
  const args = { byteLength: 1, keepers: { server } };
  const kept = new random.RandomId("stack-cluster", args, moves ? {} : { ignoreChanges: ["keepers"] }).keepers;
  const before = moves ? server : ((await knownValue(kept))?.["server"] ?? server);
  if (before === server || isThere === true) return before;
  if (wanted !== undefined)
    throw new pulumi.RunError(
      `context: the stack is on the cluster at ${before}, and whether that at ${server} is the same could not be seen.\n` +
        `  → run again when \`kubectl --context ${context} --namespace ${namespace} get all\` answers: ` +
        "on another cluster everything would be made anew, and deleted where it is",
    );
  throw new pulumi.RunError(
    `context: the stack is on the cluster at ${before}, and the current context ${context} leads to ${server}: ` +
      "it would be made anew there, and deleted where it is.\n" +
      `  → pulumi config set context … with the context that it is in; or, to move it, pulumi config set context ${context}`,
  );
}
