import type {
  V1ConfigMap,
  V1EnvVar,
  V1Job,
  V1OwnerReference,
  V1PodSpec,
  V1Role,
  V1RoleBinding,
  V1ServiceAccount,
} from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { randomBytes } from "node:crypto";
import { loader, loaderFile, packedReport, partPrefix } from "./program";

export type Manifest = V1ServiceAccount | V1Role | V1RoleBinding | V1ConfigMap | V1Job;

export interface Manifests {
  /** What the Job needs, in the order in which it is to be made. */
  readonly needs: readonly Manifest[];
  readonly job: V1Job;
}

/** All rights that the Job has, in its namespace: the replicas are found as pods, and asked at their own addresses. */
const rules = [{ apiGroups: [""], resources: ["pods"], verbs: ["list"] }];

/**
 * Pure: the objects of a run.
 * @param parts of the packed program
 */
export function manifestsOf(plan: JobPlan, parts: readonly Buffer[]): Manifests {
  const { name, namespace } = plan;
  const metadata = { name, namespace, labels: labelsOf(name) };
  const configMaps = parts.map((part, i): V1ConfigMap & { readonly metadata: { readonly name: string } } => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { ...metadata, name: parts.length === 1 ? name : `${name}-${i + 1}` },
    ...(i === 0 ? { data: { [loaderFile]: loader } } : {}),
    binaryData: { [`${partPrefix}${String(i).padStart(2, "0")}`]: part.toString("base64") },
  }));
  const account: V1ServiceAccount = {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata,
    automountServiceAccountToken: false,
  };
  const role: V1Role = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata, rules };
  const binding: V1RoleBinding = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata,
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
    subjects: [{ kind: "ServiceAccount", name, namespace }],
  };
  return {
    needs: [account, role, binding, ...configMaps],
    job: jobManifest(
      plan,
      configMaps.map((map) => map.metadata.name),
    ),
  };
}

/** Pure: the same object, to be removed by the cluster together with its owner. */
export function ownedBy(manifest: Manifest, owner: V1OwnerReference): Manifest {
  return { ...manifest, metadata: { ...manifest.metadata, ownerReferences: [owner] } };
}

export interface JobPlan {
  readonly name: string;
  readonly namespace: string;
  readonly image: string;
  readonly args: readonly string[];
  /** The Job is ended after this time, waiting for the image included. */
  readonly deadlineSeconds: number;
  /** The Job and its pod are removed this long after they ended. */
  readonly keepSeconds: number;
  /** Whether the verifier looks into Redis and so needs its password. */
  readonly readsRedis: boolean;
  /**
   * It is made by `apply`: at first without a pod, which comes when `suspend` is taken back, and its log has the report
   * packed. Otherwise the log is the report.
   */
  readonly isApplied: boolean;
}

export const containerName = "verify";

/** Where the demo keeps what Redis is reached with. Both keys may be missing. */
const redisSecret = "plano-secrets";

/** User of the official Node.js image; any will do, but not root. */
const user = 1000;

const programFolder = "/program";

/** Pure: the Job, from names of ConfigMaps that hold the program. */
export function jobManifest(plan: JobPlan, configMaps: readonly string[]): V1Job {
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: plan.name, namespace: plan.namespace, labels: labelsOf(plan.name) },
    spec: {
      // One measurement: a second try would hide that the first went wrong.
      backoffLimit: 0,
      activeDeadlineSeconds: plan.deadlineSeconds,
      ttlSecondsAfterFinished: plan.keepSeconds,
      ...(plan.isApplied ? { suspend: true } : {}),
      template: { metadata: { labels: labelsOf(plan.name) }, spec: podSpec(plan, configMaps) },
    },
  };
}

function podSpec(plan: JobPlan, configMaps: readonly string[]): V1PodSpec {
  return {
    serviceAccountName: plan.name,
    automountServiceAccountToken: true,
    enableServiceLinks: false,
    restartPolicy: "Never",
    terminationGracePeriodSeconds: 10,
    securityContext: { runAsNonRoot: true, runAsUser: user, runAsGroup: user, seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        name: containerName,
        image: plan.image,
        imagePullPolicy: "IfNotPresent",
        command: ["node", `${programFolder}/${loaderFile}`],
        args: [...plan.args],
        env: [
          // A user without a name has no home, and programs ask for it.
          { name: "HOME", value: "/tmp" },
          ...(plan.isApplied ? [{ name: packedReport.variable, value: "1" }] : []),
          ...(plan.readsRedis ? redisVariables() : []),
        ],
        resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { cpu: "1", memory: "512Mi" } },
        securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
        volumeMounts: [
          { name: "program", mountPath: programFolder, readOnly: true },
          { name: "tmp", mountPath: "/tmp" },
        ],
      },
    ],
    volumes: [
      { name: "program", projected: { sources: configMaps.map((name) => ({ configMap: { name } })) } },
      { name: "tmp", emptyDir: { sizeLimit: "64Mi" } },
    ],
  };
}

/** The kubelet fills these in: the Job needs no right to read Secrets, and no argument holds a password. */
function redisVariables(): V1EnvVar[] {
  const variable = (name: string, key: string): V1EnvVar => {
    return { name, valueFrom: { secretKeyRef: { name: redisSecret, key, optional: true } } };
  };
  return [variable("PLANO_AFFINITY_REDIS_PASSWORD", "REDIS_PASSWORD"), variable("PLANO_AFFINITY_REDIS_URL", "REDIS_URL")];
}

/** Value of `app.kubernetes.io/name` on everything that is made; network policies let pods with it in. */
const appName = "plano-affinity-verify";

export function uniqueName(): string {
  return `${appName}-${randomBytes(4).toString("hex")}`;
}

/** Labels of every object of one run. @param name see {@link uniqueName} */
function labelsOf(name: string): { readonly [label: string]: string } {
  return {
    "app.kubernetes.io/name": appName,
    "app.kubernetes.io/instance": name,
    "app.kubernetes.io/part-of": "plano-affinity",
  };
}

/** Selects everything of one run, its pod included. */
export function selectorOf(name: string): string {
  return `app.kubernetes.io/instance=${name}`;
}
