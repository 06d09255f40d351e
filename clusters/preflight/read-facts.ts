import type {
  CoreV1Event,
  V1Namespace,
  V1PersistentVolumeClaim,
  V1ResourceQuota,
  V1Secret,
  V1Service,
  V1StorageClass,
} from "@kubernetes/client-node" with {
  "resolution-mode": "import",
};
import type { KubernetesApi } from "../../lib/kubernetes/api";
import { orAbsent, Refusal } from "../../lib/kubernetes/errors";
import { KubernetesObjects, type Manifest, mayDo } from "../../lib/kubernetes/objects";
import { type ClusterFacts, isOwn, type LiveObject, type Look, type Planned, seenOr, type Trial } from "./facts";
import { claimTemplates, exposureOf, type Plan, podsOf, type PodTemplate } from "./plan";
import { type Right, rightsNeeded } from "./rights";

const notAsked: Promise<Look<never>> = Promise.resolve({ unseen: "it was not asked for" });

/** What dry runs are signed with. */
const fieldManager = "plano-affinity-preflight";

/**
 * Reads all that the checks judge. Nothing is made: all objects that are sent are dry runs.
 *
 * @throws KubernetesError where the account may not even ask for its rights: nobody is logged in.
 */
export async function readFacts(api: KubernetesApi, plan: Plan, context: string): Promise<ClusterFacts> {
  // Before all the others: what keeps one question from being answered keeps all.
  const version = await api.json<ClusterFacts["version"]>({ path: "/version" });
  const objects = new KubernetesObjects<LiveObject>(api);
  const all = await Promise.all([...plan.manifests, ...(plan.transient ?? [])].map((it) => find(objects, it, plan.namespace)));
  const planned = all.filter((it) => "live" in it);
  const list = async <T>(path: string): Promise<Look<readonly T[]>> =>
    look(async () => (await api.json<{ readonly items: readonly T[] }>({ path })).items);
  const wantsPort = plan.manifests.some((it) => (exposureOf(it)?.nodePorts.length ?? 0) > 0);
  const wantsVolume = plan.manifests.some((it) => it.kind === "PersistentVolumeClaim" || claimTemplates(it).length > 0);
  const [namespace, denied, storageClasses, claimWarnings, services, quotas, metricsApi, foreignKeys] = await Promise.all([
    look(() => orAbsent(api.json<V1Namespace>({ path: `/api/v1/namespaces/${plan.namespace}` }))),
    // Every account may ask for its own rights (ClusterRole `system:basic-user`).
    look(() => deniedRights(api, rightsNeeded(planned, plan.namespace)), true),
    wantsVolume ? list<V1StorageClass>("/apis/storage.k8s.io/v1/storageclasses") : notAsked,
    wantsVolume ? look(() => warningsOfClaims(api, plan.namespace)) : notAsked,
    wantsPort ? list<V1Service>("/api/v1/services") : notAsked,
    list<V1ResourceQuota>(`/api/v1/namespaces/${plan.namespace}/resourcequotas`),
    look(async () => ((await orAbsent(api.json({ path: "/apis/metrics.k8s.io/v1beta1" }))) === undefined ? "absent" : "served")),
    look(async () => {
      const path = `/api/v1/namespaces/${plan.namespace}/secrets/${plan.foreignSecret?.name}`;
      const secret = plan.foreignSecret && (await orAbsent(api.json<V1Secret>({ path })));
      return secret && Object.keys(secret.data ?? {});
    }),
  ] as const);
  // An account of one namespace may not look at it, but is to use it.
  const exists = "seen" in namespace ? namespace.seen !== undefined : !plan.createNamespace;
  const possible = planned.filter((it) => exists || it.namespace !== plan.namespace);
  return {
    version,
    context,
    namespace,
    planned,
    unserved: all.flatMap((it) => ("unserved" in it ? [it.unserved] : [])),
    denied,
    trials: (await Promise.all(possible.map((it) => tryOut(objects, it, plan)))).flat(),
    storageClasses,
    claimWarnings,
    services,
    quotas,
    metricsApi,
    foreignKeys,
  };
}

async function warningsOfClaims(api: KubernetesApi, namespace: string): Promise<readonly CoreV1Event[]> {
  const list = async <T>(kind: string, fieldSelector?: string): Promise<readonly T[]> =>
    (
      await api.json<{ readonly items: readonly T[] }>({
        path: `/api/v1/namespaces/${namespace}/${kind}`,
        query: { fieldSelector },
      })
    ).items;
  const claims = await list<V1PersistentVolumeClaim>("persistentvolumeclaims");
  const pending = claims.filter(({ status }) => status?.phase === "Pending").map(({ metadata }) => metadata?.name);
  if (pending.length === 0) return [];
  const events = await list<CoreV1Event>("events", "involvedObject.kind=PersistentVolumeClaim,type=Warning");
  const time = (it: CoreV1Event): string => String(it.lastTimestamp ?? it.eventTime ?? "");
  return events.filter((it) => pending.includes(it.involvedObject.name)).sort((a, b) => time(a).localeCompare(time(b)));
}

async function find(
  objects: KubernetesObjects<LiveObject>,
  manifest: Manifest,
  ofPlan: string,
): Promise<Planned | { readonly unserved: Manifest }> {
  const { apiVersion, kind, metadata } = manifest;
  const served = await objects.served(apiVersion, kind);
  if (served === undefined) return { unserved: manifest };
  const namespace = served.namespaced ? (metadata.namespace ?? ofPlan) : undefined;
  const live = await look(() => objects.get({ apiVersion, kind, name: metadata.name, namespace }));
  return { manifest, resource: served.name, namespace, live };
}

/**
 * Has the API server judge an object that is not there yet, and what its controller will make of it. An object that is
 * there is left out: the server would refuse changes that Pulumi makes by a replacement.
 */
async function tryOut(objects: KubernetesObjects<LiveObject>, planned: Planned, plan: Plan): Promise<readonly Trial[]> {
  const { manifest, namespace, live } = planned;
  const { name } = manifest.metadata;
  const { api } = objects;
  const attempt = async (what: Trial["what"], ask: () => Promise<unknown>): Promise<Trial> => {
    try {
      return { planned, what, answer: { accepted: (await ask()) as PodTemplate } };
    } catch (error) {
      const refused = error instanceof Refusal && error.status < 500 && error.status !== 429;
      return { planned, what, answer: refused ? { refused: error } : { unknown: textOf(error) } };
    }
  };
  const create = (resource: string, body: object): Promise<unknown> =>
    api.json({ method: "POST", path: `/api/v1/namespaces/${namespace}/${resource}`, query: { dryRun: "All" }, body });
  const found = seenOr(live, undefined);
  const isForeign = found !== undefined && !isOwn(found, plan.stackId);
  if ("unseen" in live || isForeign) return [];
  const template = podsOf(manifest, plan)?.template;
  const tries: Promise<Trial>[] = [];
  if (found === undefined) {
    const ref = { ...manifest, name, namespace };
    tries.push(attempt("object", () => objects.apply(ref, manifest, { fieldManager, force: true, dryRun: true })));
    for (const claim of claimTemplates(manifest)) {
      const body = { apiVersion: "v1", kind: "PersistentVolumeClaim", ...claim, metadata: { generateName: `${name}-` } };
      tries.push(attempt("claim", () => create("persistentvolumeclaims", body)));
    }
  }
  if (template !== undefined) {
    // A StatefulSet adds a volume for each of its claims. The account that the pod runs as may be still to be made.
    const claimed = claimTemplates(manifest).map(({ metadata: claim }) => ({ name: claim?.name ?? "", emptyDir: {} }));
    const volumes = [...(template.spec?.volumes ?? []), ...claimed];
    const spec = { ...template.spec, volumes, serviceAccountName: undefined, serviceAccount: undefined };
    const metadata = { ...template.metadata, generateName: `${name}-` };
    tries.push(attempt("pod", () => create("pods", { apiVersion: "v1", kind: "Pod", metadata, spec })));
  }
  return Promise.all(tries);
}

/** @param stops whether nothing else is worth asking for an account that may not even ask this */
async function look<T>(read: () => Promise<T>, stops = false): Promise<Look<T>> {
  try {
    return { seen: await read() };
  } catch (error) {
    const isDenied = error instanceof Refusal && error.status === 403;
    if (isDenied && stops) throw error;
    return { unseen: isDenied ? "the account may not look" : textOf(error) };
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** An administrator is asked about once; everybody else about each right. */
async function deniedRights(api: KubernetesApi, needed: readonly Right[]): Promise<readonly Right[]> {
  const isAdministrator = await mayDo(api, { verb: "*", group: "*", resource: "*", namespace: undefined });
  if (isAdministrator) return [];
  const allowed = await Promise.all(needed.map((right) => mayDo(api, right)));
  return needed.filter((_, index) => allowed[index] === false);
}
