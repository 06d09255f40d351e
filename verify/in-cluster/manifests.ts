import type { V1EnvVar, V1Job, V1PodSpec } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import type { Manifest } from "../../lib/kubernetes/objects";
import { loader, loaderFile, packedReport, partPrefix } from "./program";

export interface JobPlan {
  readonly name: string;
  readonly namespace: string;
  readonly image: string;
  readonly args: readonly string[];
  /** The Job is ended after this time, waiting for the image included. */
  readonly deadlineSeconds: number;
  /** Whether the verifier looks into Redis and so needs its password. */
  readonly readsRedis: boolean;
  /**
   * It is made by `apply`: at first without a pod, which comes when `suspend` is taken back, and its log has the report
   * packed. Otherwise the log is the report.
   */
  readonly isApplied: boolean;
}

export interface Manifests {
  /** What the Job needs, in the order in which it is to be made. */
  readonly needs: readonly Manifest[];
  readonly job: Manifest & V1Job;
}

/** Value of `app.kubernetes.io/name` on everything that is made; network policies let pods with it in. */
export const appName = "plano-affinity-verify";

export const containerName = "verify";

/** How long a Job that has ended is kept, in seconds: for its log to be read, or where its maker was killed. */
const keepSeconds = { printed: 3_600, applied: 300 };

const programFolder = "/program";

/** Selects everything of one run, its pod included. */
export function selectorOf(name: string): string {
  return `app.kubernetes.io/instance=${name}`;
}

/**
 * Pure: the objects of a run.
 * @param parts of the packed program
 */
export function manifestsOf(plan: JobPlan, parts: readonly Buffer[]): Manifests {
  const { name, namespace, isApplied } = plan;
  const labels = {
    "app.kubernetes.io/name": appName,
    "app.kubernetes.io/instance": name,
    "app.kubernetes.io/part-of": "plano-affinity",
  };
  const metadata = { name, namespace, labels };
  const rbac = "rbac.authorization.k8s.io";
  // All rights that the Job has: the replicas are found as pods, and asked at their own addresses.
  const rules = [{ apiGroups: [""], resources: ["pods"], verbs: ["list"] }];
  const roleRef = { apiGroup: rbac, kind: "Role", name };
  const subjects = [{ kind: "ServiceAccount", name, namespace }];
  const configMaps = parts.map((part, i) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { ...metadata, name: parts.length === 1 ? name : `${name}-${i + 1}` },
    ...(i === 0 ? { data: { [loaderFile]: loader } } : {}),
    binaryData: { [`${partPrefix}${String(i).padStart(2, "0")}`]: part.toString("base64") },
  }));
  const program = configMaps.map((configMap) => configMap.metadata.name);
  const spec = {
    // One measurement: a second try would hide that the first went wrong.
    backoffLimit: 0,
    activeDeadlineSeconds: plan.deadlineSeconds,
    ttlSecondsAfterFinished: isApplied ? keepSeconds.applied : keepSeconds.printed,
    ...(isApplied ? { suspend: true } : {}),
    template: { metadata: { labels }, spec: podSpec(plan, program) },
  };
  return {
    needs: [
      { apiVersion: "v1", kind: "ServiceAccount", metadata, automountServiceAccountToken: false },
      { apiVersion: `${rbac}/v1`, kind: "Role", metadata, rules },
      { apiVersion: `${rbac}/v1`, kind: "RoleBinding", metadata, roleRef, subjects },
      ...configMaps,
    ],
    job: { apiVersion: "batch/v1", kind: "Job", metadata, spec },
  };
}

/** @param program the ConfigMaps that hold it */
function podSpec({ name, image, args, isApplied, readsRedis }: JobPlan, program: readonly string[]): V1PodSpec {
  // User of the official Node.js image; any will do, but not root.
  const user = 1000;
  return {
    serviceAccountName: name,
    automountServiceAccountToken: true,
    enableServiceLinks: false,
    restartPolicy: "Never",
    terminationGracePeriodSeconds: 10,
    securityContext: { runAsNonRoot: true, runAsUser: user, runAsGroup: user, seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        name: containerName,
        image,
        imagePullPolicy: "IfNotPresent",
        command: ["node", `${programFolder}/${loaderFile}`],
        args: [...args],
        env: [
          // A user without a name has no home, and programs ask for it.
          { name: "HOME", value: "/tmp" },
          ...(isApplied ? [{ name: packedReport.variable, value: "1" }] : []),
          ...(readsRedis ? ["REDIS_PASSWORD", "REDIS_URL"].map(fromSecret) : []),
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
      { name: "program", projected: { sources: program.map((map) => ({ configMap: { name: map } })) } },
      { name: "tmp", emptyDir: { sizeLimit: "64Mi" } },
    ],
  };
}

/**
 * What Redis is reached with, from the Secret where the demo keeps it; it may be missing there. The kubelet fills it in: the
 * Job needs no right to read Secrets, and no argument holds a password.
 */
function fromSecret(key: string): V1EnvVar {
  return { name: `PLANO_AFFINITY_${key}`, valueFrom: { secretKeyRef: { name: "plano-secrets", key, optional: true } } };
}
