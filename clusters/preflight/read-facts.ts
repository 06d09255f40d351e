import type {
  V1Node,
  V1ResourceQuota,
  V1LimitRange,
  V1Service,
  V1StorageClass,
  V1Namespace,
} from "@kubernetes/client-node" with {
  "resolution-mode": "import",
};
import type { KubernetesApi } from "../../lib/kubernetes/api";
import { isNotFound, Refusal } from "../../lib/kubernetes/errors";
import { type ClusterFacts, isMinikubeNode, type LiveObject, type Look, seenOr, type ServerVersion } from "./facts";
import { pathOf, type Plan } from "./plan";
import { type Right, rightsNeeded } from "./rights";

/** What the kubeconfig itself says of its cluster. */
export interface KubeconfigHints {
  readonly context: string;
  readonly minikube: boolean;
}

interface List<T> {
  readonly items: readonly T[];
}

const notAsked: Look<never> = { unseen: "it was not asked for" };

/**
 * Reads all that the checks judge, at once. Nothing is made: the one object that is sent is a dry run.
 *
 * @throws Refusal where the account may not even ask for its rights: it is nobody's.
 */
export async function readFacts(api: KubernetesApi, plan: Plan, hints: KubeconfigHints): Promise<ClusterFacts> {
  // Before all the others: what keeps one question from being answered keeps all.
  const version = await api.json<ServerVersion>({ path: "/version" });
  const inNamespace = `/api/v1/namespaces/${plan.namespace}`;
  const list = async <T>(path: string): Promise<Look<readonly T[]>> =>
    look(async () => (await api.json<List<T>>({ path })).items);
  const listIf = async <T>(wanted: boolean, path: string): Promise<Look<readonly T[]>> => (wanted ? list<T>(path) : notAsked);
  const wantsPort = plan.nodePort !== undefined || plan.objects.some(({ nodePort }) => nodePort !== undefined);
  const wantsVolume = plan.objects.some(({ pods }) => pods?.storage !== undefined);
  const [namespace, found, denied, storageClasses, services, quotas, limitRanges, absentApis, metricsApi, nodes] =
    await Promise.all([
      look(() => orAbsent(api.json<V1Namespace>({ path: inNamespace }))),
      Promise.all(
        plan.objects.map(async (planned) => ({
          planned,
          live: await look(() => orAbsent(api.json<LiveObject>({ path: pathOf(planned) }))),
        })),
      ),
      lookOrStop(() => deniedRights(api, plan)),
      listIf<V1StorageClass>(wantsVolume, "/apis/storage.k8s.io/v1/storageclasses"),
      listIf<V1Service>(wantsPort, "/api/v1/services"),
      list<V1ResourceQuota>(`${inNamespace}/resourcequotas`),
      list<V1LimitRange>(`${inNamespace}/limitranges`),
      look(() => absentApisOf(api, plan)),
      look(async () =>
        (await orAbsent(api.json<object>({ path: "/apis/metrics.k8s.io/v1beta1" }))) === undefined ? "absent" : "served",
      ),
      list<V1Node>("/api/v1/nodes?limit=1"),
    ] as const);
  const exists = seenOr(namespace, {}) !== undefined;
  const asksPort = plan.nodePort !== undefined && "unseen" in services && exists;
  return {
    version,
    context: hints.context,
    minikube: hints.minikube || seenOr(nodes, []).some(isMinikubeNode),
    namespace,
    found,
    denied,
    storageClasses,
    services,
    nodePortTaken: asksPort ? await look(() => isPortTaken(api, plan.namespace, plan.nodePort ?? 0)) : notAsked,
    quotas,
    limitRanges,
    absentApis,
    metricsApi,
  };
}

async function look<T>(read: () => Promise<T>): Promise<Look<T>> {
  try {
    return { seen: await read() };
  } catch (error) {
    if (error instanceof Refusal && error.status === 403) return { unseen: "the account may not look" };
    return unseen(error);
  }
}

function unseen(error: unknown): Look<never> {
  return { unseen: error instanceof Error ? error.message : String(error) };
}

/** Everybody with an account may ask for their own rights (ClusterRole `system:basic-user`); nobody else may. */
async function lookOrStop<T>(read: () => Promise<T>): Promise<Look<T>> {
  try {
    return { seen: await read() };
  } catch (error) {
    if (error instanceof Refusal && error.status === 403) throw error;
    return unseen(error);
  }
}

async function orAbsent<T>(reading: Promise<T>): Promise<T | undefined> {
  return reading.catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
}

/** Groups that come with CRDs: the Gateway API's and the Prometheus Operator's. All others are Kubernetes' own. */
const customGroups = /^(gateway\.networking\.k8s\.io|monitoring\.coreos\.com)\//;

/** Versions of custom kinds that the stack needs and the cluster does not have. */
async function absentApisOf(api: KubernetesApi, plan: Plan): Promise<readonly string[]> {
  const versions = [...new Set(plan.objects.map(({ apiVersion }) => apiVersion))].filter((it) => customGroups.test(it));
  const served = await Promise.all(versions.map((it) => orAbsent(api.json<object>({ path: `/apis/${it}` }))));
  return versions.filter((_, index) => served[index] === undefined);
}

/** An administrator is asked about once; everybody else about each right. */
async function deniedRights(api: KubernetesApi, plan: Plan): Promise<readonly Right[]> {
  const isAdministrator = await mayDo(api, { verb: "*", group: "*", resource: "*", namespace: undefined });
  if (isAdministrator) return [];
  const needed = rightsNeeded(plan);
  const allowed = await Promise.all(needed.map((right) => mayDo(api, right)));
  return needed.filter((_, index) => allowed[index] === false);
}

async function mayDo(api: KubernetesApi, { namespace, ...right }: Right): Promise<boolean> {
  const review = {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    spec: { resourceAttributes: { ...right, ...(namespace === undefined ? {} : { namespace }) } },
  };
  const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
  const answer = await api.json<{ status?: { allowed?: boolean } }>({ method: "POST", path, body: review });
  return answer.status?.allowed === true;
}

/** The API server gives out a port in a dry run too, and takes it back. */
async function isPortTaken(api: KubernetesApi, namespace: string, nodePort: number): Promise<boolean> {
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "plano-affinity-preflight" },
    spec: { type: "NodePort", ports: [{ port: 80, nodePort }] },
  };
  try {
    await api.json({ method: "POST", path: `/api/v1/namespaces/${namespace}/services?dryRun=All`, body: service });
    return false;
  } catch (error) {
    if (error instanceof Refusal && error.status === 422 && error.message.includes("already allocated")) return true;
    throw error;
  }
}
