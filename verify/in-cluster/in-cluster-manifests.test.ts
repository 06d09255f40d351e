import assert from "node:assert/strict";
import type { V1Job } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { randomBytes } from "node:crypto";
import { parseAllDocuments } from "yaml";
import { defaultOptions } from "..";
import type { Manifest } from "../../lib/kubernetes/objects";
import { planRun, renderManifests } from "./manifests";
import type { JobOptions } from "./job-options";

const target = { ...defaultOptions.target, context: "prod" };
const options: JobOptions = { ...defaultOptions, target };
const small = { entry: "verify.mjs", files: { "verify.mjs": "export {};" } };
/** Takes two ConfigMaps. */
const large = { entry: "verify.mjs", files: { "verify.mjs": randomBytes(200_000).toString("base64") } };

const podOf = (job: V1Job) => job.spec?.template.spec;
const containerOf = (job: V1Job) => podOf(job)?.containers[0];
const planned = (more: Partial<JobOptions> = {}) => planRun({ ...options, ...more }, small, "x", "printed");

describe("manifests of a run in the cluster", () => {
  const { name, needs, job } = planRun(options, large, "example/node:22", "applied");
  const all = [...needs, job];
  const one = (kind: string): Manifest => all.find((manifest) => manifest.kind === kind) as Manifest;

  it("are these, in one namespace and with labels by which they are found again", () => {
    assert.match(name, /^plano-affinity-verify-[0-9a-f]{8}$/);
    assert.notEqual(name, planned().name, "every run has a name of its own");
    const made = all.map(({ apiVersion, kind, metadata }) => `${apiVersion} ${kind} ${metadata.name.replace(name, "NAME")}`);
    assert.deepEqual(made, [
      "v1 ServiceAccount NAME",
      "rbac.authorization.k8s.io/v1 Role NAME",
      "rbac.authorization.k8s.io/v1 RoleBinding NAME",
      "v1 ConfigMap NAME-1",
      "v1 ConfigMap NAME-2",
      "batch/v1 Job NAME",
    ]);
    for (const labels of [...all.map(({ metadata }) => metadata.labels), job.spec?.template.metadata?.labels]) {
      assert.deepEqual(labels, {
        "app.kubernetes.io/name": "plano-affinity-verify",
        "app.kubernetes.io/instance": name,
        "app.kubernetes.io/part-of": "plano-affinity",
      });
    }
    for (const { metadata } of all) assert.equal(metadata.namespace, "plano-demo");
  });

  it("give the Job the right to list pods of its namespace, and no other", () => {
    assert.deepEqual(one("Role")["rules"], [{ apiGroups: [""], resources: ["pods"], verbs: ["list"] }]);
    const { roleRef, subjects } = one("RoleBinding");
    assert.deepEqual(roleRef, { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name });
    assert.deepEqual(subjects, [{ kind: "ServiceAccount", name, namespace: "plano-demo" }]);
    assert.equal(podOf(job)?.serviceAccountName, name);
  });

  it("run one try without privileges, as the restricted profile wants it, and go soon if they are forgotten", () => {
    const { backoffLimit, activeDeadlineSeconds, ttlSecondsAfterFinished } = job.spec ?? {};
    assert.deepEqual([backoffLimit, activeDeadlineSeconds, ttlSecondsAfterFinished], [0, 1200, 300]);
    const { restartPolicy, securityContext } = podOf(job) ?? {};
    const user = { runAsNonRoot: true, runAsUser: 1000, runAsGroup: 1000 };
    assert.deepEqual([restartPolicy, securityContext], ["Never", { ...user, seccompProfile: { type: "RuntimeDefault" } }]);
    const container = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } };
    const resources = { requests: { cpu: "100m", memory: "128Mi" }, limits: { cpu: "1", memory: "512Mi" } };
    assert.deepEqual([containerOf(job)?.securityContext, containerOf(job)?.resources], [container, resources]);
  });

  it("take a key and Redis' password from the Secret by name, the latter for a run that reads Redis, and hold none themselves", () => {
    const variables = (...checks: string[]) => containerOf(planned({ checks }).job)?.env?.slice(1);
    const from = (variable: string, key: string) => {
      return { name: variable, valueFrom: { secretKeyRef: { name: "plano-secrets", key, optional: true } } };
    };
    const authorization = from("PLANO_AFFINITY_AUTHORIZATION", "AUTHORIZATION");
    assert.deepEqual(variables("pinning", "redis"), [
      from("PLANO_AFFINITY_REDIS_PASSWORD", "REDIS_PASSWORD"),
      from("PLANO_AFFINITY_REDIS_URL", "REDIS_URL"),
      from("PLANO_AFFINITY_CA_BUNDLE", "CA_BUNDLE"),
      authorization,
    ]);
    assert.deepEqual(variables("pinning", "traces"), [authorization]);
    const secret = { ...options, target: { ...target, redis: { selector: "app=redis", password: "geheim" } } };
    assert.ok(!JSON.stringify(planRun(secret, small, "x", "applied")).includes("geheim"));
    assert.ok(!renderManifests(secret, small, "x").includes("geheim"));
  });
});

describe("--in-cluster", () => {
  const text = renderManifests(options, small, "example/node:22");
  const documents = parseAllDocuments(text).map((document) => document.toJS() as Manifest);
  const name = documents[0]?.metadata.name ?? "";

  it("prints YAML of the same objects, with a Job whose log is its report and nothing else", () => {
    assert.equal(documents.map(({ kind }) => kind).join(), "ServiceAccount,Role,RoleBinding,ConfigMap,Job");
    const job = documents.at(-1) as Manifest & V1Job;
    const { parallelism, ttlSecondsAfterFinished } = job.spec ?? {};
    assert.deepEqual([parallelism, ttlSecondsAfterFinished, containerOf(job)?.image], [undefined, 3_600, "example/node:22"]);
    assert.deepEqual(containerOf(job)?.args?.slice(-2), ["--report=json=-", "--quiet"]);
    assert.ok(!text.includes("PLANO_AFFINITY_PACKED_REPORT\n"));
  });

  it("says how its result is read and how it is removed", () => {
    const comments = text.split("\n").filter((line) => line.startsWith("#"));
    assert.deepEqual(comments, [
      "# Verifies from inside the cluster. Apply it with: kubectl apply -f -",
      `# Its JSON report, at most 1200 s later: kubectl -n plano-demo logs --follow job/${name}`,
      `# Remove it all: kubectl -n plano-demo delete job,configmap,rolebinding,role,serviceaccount -l app.kubernetes.io/instance=${name}`,
    ]);
  });
});
