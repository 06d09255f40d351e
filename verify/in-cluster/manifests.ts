import { randomBytes } from "node:crypto";
import type { V1Container, V1EnvVar, V1Job, V1PodSpec, V1VolumeProjection } from "@kubernetes/client-node" with {
  "resolution-mode": "import",
};
import { stringify } from "yaml";
import type { Manifest } from "../../lib/kubernetes/objects";
import { builtIn } from "../contracts";
import { contractFile, deadlineSeconds, jobArguments, promptsFile, type JobOptions } from "./job-options";
import { loader, loaderFile, packedReport, packProgram, partPrefix, type Program } from "./program";

/** The objects of a run. */
export interface PlannedRun {
  readonly name: string;
  readonly namespace: string;
  /** The Job is ended after this time, waiting for the image included. */
  readonly deadlineSeconds: number;
  /** What the Job needs, in the order in which it is to be made. */
  readonly needs: readonly Manifest[];
  readonly job: Manifest & V1Job;
}

/** Value of `app.kubernetes.io/name` on everything that is made; network policies let pods with it in. */
const appName = "plano-affinity-verify";

export const containerName = "verify";

/** How long a Job that has ended is kept, in seconds: for its log to be read, or where its maker was killed. */
const keepSeconds = { printed: 3_600, applied: 300 };

const programFolder = "/program";

/** Selects everything of one run, its pod included. */
export function selectorOf(name: string): string {
  return `app.kubernetes.io/instance=${name}`;
}

/**
 * Plans a run under a new name.
 * @param mode `printed`: its log is the JSON report; `applied`: it is made at first without a pod, which comes when
 *   `parallelism` is 1 (the clock of a suspended Job stands still), and its log has the report packed
 * @throws UsageError when program and prompts are too large
 */
export function planRun(options: JobOptions, program: Program, image: string, mode: keyof typeof keepSeconds): PlannedRun {
  const { target, prompts, contract } = options;
  const { namespace } = target;
  const isApplied = mode === "applied";
  const files = {
    ...program.files,
    ...(prompts && { [promptsFile]: `${prompts.join("\n")}\n` }),
    ...(contract && builtIn(contract.name) === undefined && { [contractFile]: stringify({ ...contract, name: undefined }) }),
  };
  const parts = packProgram({ ...program, files });
  const name = `${appName}-${randomBytes(4).toString("hex")}`;
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
    metadata: { ...metadata, name: `${name}-${i + 1}` },
    ...(i === 0 ? { data: { [loaderFile]: loader } } : {}),
    binaryData: { [`${partPrefix}${String(i).padStart(2, "0")}`]: part.toString("base64") },
  }));
  const container = {
    name: containerName,
    image,
    args: [...jobArguments(options), ...(isApplied ? [] : ["--quiet"])],
    env: [
      // A user without a name has no home, and programs ask for it.
      { name: "HOME", value: "/tmp" },
      ...(isApplied ? [{ name: packedReport.variable, value: "1" }] : []),
      ...(options.checks.includes("redis") ? ["REDIS_PASSWORD", "REDIS_URL", "CA_BUNDLE"].map(fromSecret) : []),
      fromSecret("AUTHORIZATION"),
    ],
  };
  const folder = configMaps.map(({ metadata }) => ({ configMap: { name: metadata.name } }));
  const spec = {
    // One measurement: a second try would hide that the first went wrong.
    backoffLimit: 0,
    activeDeadlineSeconds: deadlineSeconds(options),
    ttlSecondsAfterFinished: keepSeconds[mode],
    ...(isApplied ? { parallelism: 0, completions: 1 } : {}),
    template: { metadata: { labels }, spec: podSpec(name, container, folder) },
  };
  return {
    ...{ name, namespace, deadlineSeconds: deadlineSeconds(options) },
    needs: [
      { apiVersion: "v1", kind: "ServiceAccount", metadata, automountServiceAccountToken: false },
      { apiVersion: `${rbac}/v1`, kind: "Role", metadata, rules },
      { apiVersion: `${rbac}/v1`, kind: "RoleBinding", metadata, roleRef, subjects },
      ...configMaps,
    ],
    job: { apiVersion: "batch/v1", kind: "Job", metadata, spec },
  };
}

/** @param folder what the program's folder is made of */
function podSpec(account: string, container: V1Container, folder: readonly V1VolumeProjection[]): V1PodSpec {
  // User of the official Node.js image; any will do, but not root.
  const user = 1000;
  return {
    serviceAccountName: account,
    automountServiceAccountToken: true,
    enableServiceLinks: false,
    restartPolicy: "Never",
    terminationGracePeriodSeconds: 10,
    securityContext: { runAsNonRoot: true, runAsUser: user, runAsGroup: user, seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        ...container,
        imagePullPolicy: "IfNotPresent",
        command: ["node", `${programFolder}/${loaderFile}`],
        resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { cpu: "1", memory: "512Mi" } },
        securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
        volumeMounts: [
          { name: "program", mountPath: programFolder, readOnly: true },
          { name: "tmp", mountPath: "/tmp" },
        ],
      },
    ],
    volumes: [
      { name: "program", projected: { sources: [...folder] } },
      { name: "tmp", emptyDir: { sizeLimit: "64Mi" } },
    ],
  };
}

/** What Redis and the gateway are asked with, filled in by the kubelet: no right to read Secrets is needed, and no argument holds it. */
function fromSecret(key: string): V1EnvVar {
  return { name: `PLANO_AFFINITY_${key}`, valueFrom: { secretKeyRef: { name: "plano-secrets", key, optional: true } } };
}

/**
 * Manifests for `kubectl apply -f -`, with the commands that go with them as comments.
 * @throws UsageError when program and prompts are too large
 */
export function renderManifests(options: JobOptions, program: Program, image: string): string {
  const { name, namespace, deadlineSeconds, needs, job } = planRun(options, program, image, "printed");
  const header = [
    "# Verifies from inside the cluster. Apply it with: kubectl apply -f -",
    `# Its JSON report, at most ${deadlineSeconds} s later: kubectl -n ${namespace} logs --follow job/${name}`,
    `# Remove it all: kubectl -n ${namespace} delete job,configmap,rolebinding,role,serviceaccount -l ${selectorOf(name)}`,
  ].join("\n");
  const documents = [...needs, job].map((manifest) => stringify(manifest, { lineWidth: 0, aliasDuplicateObjects: false }));
  return `${header}\n---\n${documents.join("---\n")}`;
}
