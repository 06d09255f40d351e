import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { judge } from "../preflight";
import { describeFinding } from "../preflight/finding";
import type { Manifest } from "../../lib/kubernetes/objects";
import { Refusal } from "../../lib/kubernetes/errors";
import { FakeApiServer } from "../../lib/kubernetes/testing/fake-api-server";
import type { ClusterFacts, LiveObject, Planned, Trial } from "../preflight/facts";
import type { Plan } from "../preflight/plan";

const container = (name: string, cpu: string, memory: string, limit: string) => ({
  name,
  image: "example.com/image:1",
  resources: { requests: { cpu, memory }, limits: { memory: limit } },
});
const pods = (app: string, only: object) => ({
  selector: { matchLabels: { app } },
  template: { metadata: { labels: { app } }, spec: { containers: [only] } },
});
const claim = (storage: string, storageClassName?: string) => ({
  accessModes: ["ReadWriteOnce"],
  resources: { requests: { storage } },
  ...(storageClassName !== undefined && { storageClassName }),
});

/** An object of the plan, in the namespace `demo`. */
export function manifest(apiVersion: string, kind: string, name: string, spec?: object): Manifest {
  return { apiVersion, kind, metadata: { name, namespace: "demo" }, ...(spec && { spec }) };
}

const namespaceManifest: Manifest = { apiVersion: "v1", kind: "Namespace", metadata: { name: "demo" } };

/** A Service. @param nodePort undefined: the cluster gives it one where it needs one */
export function service(name: string, type = "ClusterIP", nodePort?: number): Manifest {
  return manifest("v1", "Service", name, { type, selector: { app: name }, ports: [{ port: 80, ...(nodePort && { nodePort }) }] });
}

/** Jaeger's claim of a volume. */
export function jaegerClaim(storage: string, storageClass?: string): Manifest {
  return manifest("v1", "PersistentVolumeClaim", "jaeger-data", claim(storage, storageClass));
}

/** The objects inside the namespace: a gateway that scales from 2 to 5, and a Redis with a volume. */
export function inside(gateway = service("plano", "NodePort", 32_000), storageClass?: string): readonly Manifest[] {
  const redis = pods("redis", container("redis", "50m", "64Mi", "576Mi"));
  const data = { metadata: { name: "data" }, spec: claim("1Gi", storageClass) };
  const scaling = {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "plano" },
    minReplicas: 2,
    maxReplicas: 5,
  };
  const rolling = { strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } };
  return [
    manifest("apps/v1", "Deployment", "plano", { ...rolling, ...pods("plano", container("gateway", "250m", "512Mi", "2Gi")) }),
    gateway,
    manifest("autoscaling/v2", "HorizontalPodAutoscaler", "plano", scaling),
    manifest("apps/v1", "StatefulSet", "redis", { serviceName: "redis", ...redis, volumeClaimTemplates: [data] }),
  ];
}

/** A plan of all that, and of the namespace. */
export function plan(changes: Partial<Plan> = {}): Plan {
  return {
    stackId: "mine",
    namespace: "demo",
    createNamespace: true,
    manifests: [namespaceManifest, ...inside()],
    storageClass: undefined,
    metricsServer: "cluster",
    ...changes,
  };
}

/** A plan's objects, of which nothing is there yet. */
export function plannedOf(manifests: readonly Manifest[], live?: LiveObject): readonly Planned[] {
  return manifests.map((it) => ({
    manifest: it,
    resource: `${it.kind.toLowerCase()}s`,
    namespace: it.metadata.namespace,
    live: { seen: live },
  }));
}

/** The default StorageClass. */
export const standardClass = {
  metadata: { name: "standard", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
  provisioner: "example.com/disk",
};

/** StorageClasses of these names, none of which is the default. */
export function classes(...names: readonly string[]): Pick<ClusterFacts, "storageClasses"> {
  return { storageClasses: { seen: names.map((name) => ({ provisioner: "x", metadata: { name } })) } };
}

/** An API server with a metrics API and a default StorageClass. */
export async function fitApiServer(): Promise<FakeApiServer> {
  const api = await FakeApiServer.start();
  api.answers.set("/apis/metrics.k8s.io/v1beta1", {});
  api.answers.set("/apis/storage.k8s.io/v1/storageclasses", { items: [standardClass] });
  return api;
}

/** A cluster on which nothing stands in the way of a plan, and nothing of it is there yet. */
export function facts(changes: Partial<ClusterFacts> = {}, manifests = plan().manifests): ClusterFacts {
  return {
    version: { major: "1", minor: "34" },
    context: "blue",
    namespace: { seen: undefined },
    planned: plannedOf(manifests),
    unserved: [],
    denied: { seen: [] },
    trials: [],
    storageClasses: { seen: [standardClass] },
    claimWarnings: { seen: [] },
    services: { seen: [] },
    quotas: { seen: [] },
    metricsApi: { seen: "served" },
    foreignKeys: { seen: undefined },
    ...changes,
  };
}

/** Objects of the plan that are there, as somebody's; `mine` is the stack's own. */
export function foundAs(owner: string | undefined, ...names: readonly string[]): Pick<ClusterFacts, "planned"> {
  const live: LiveObject = { metadata: owner === undefined ? {} : { annotations: { "plano-affinity/stack": owner } } };
  const planned = plannedOf(plan().manifests);
  return {
    planned: planned.map((it) =>
      names.includes(`${it.manifest.kind} ${it.manifest.metadata.name}`) ? { ...it, live: { seen: live } } : it,
    ),
  };
}

/** What the API server says to a dry run of an object of the plan: refuses it, or takes the pod as it is then. */
export function trial(
  { planned }: Pick<ClusterFacts, "planned">,
  name: string,
  what: Trial["what"],
  answer: { readonly status: number; readonly message: string } | Extract<Trial["answer"], { accepted: unknown }>,
): Trial {
  const found = planned.find(({ manifest: it }) => `${it.kind} ${it.metadata.name}` === name) as Planned;
  return { planned: found, what, answer: "status" in answer ? { refused: new Refusal(answer.status, answer.message) } : answer };
}

/** The Role that docs/existing-clusters.md has people copy. */
export function documentedRole() {
  const text = readFileSync(join(__dirname, "..", "..", "docs", "existing-clusters.md"), "utf8");
  return parse(/```yaml\n(apiVersion: rbac[^]*?)```/.exec(text)?.[1] ?? "") as {
    readonly rules: readonly Readonly<Record<"apiGroups" | "resources" | "verbs", readonly string[]>>[];
  };
}

/** What is said of a cluster that differs, and a plan, but for the note on what is made outside the namespace. */
export function findings(changes: Partial<ClusterFacts>, wanted: Partial<Plan> = {}): string[] {
  const whole = plan(wanted);
  return judge(facts(changes, whole.manifests), whole)
    .filter(({ severity }) => severity !== "note")
    .map((it) => `${it.severity} ${describeFinding(it)}`);
}
