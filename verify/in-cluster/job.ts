import type { V1EnvVar, V1Job, V1PodSpec } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { labelsOf } from "./labels";
import { loaderFile, packedReport } from "./loader";

/** What a Job is to run, and how. */
export interface JobPlan {
  /** Of all objects, see `uniqueName`. */
  readonly name: string;
  readonly namespace: string;
  readonly image: string;
  /** Arguments of the verifier. */
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

/** The container's name, for its log. */
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
