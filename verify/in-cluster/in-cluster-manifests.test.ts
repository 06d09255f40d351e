import assert from "node:assert/strict";
import type { V1ConfigMap, V1Job, V1Role, V1RoleBinding } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { parseAllDocuments } from "yaml";
import { defaultOptions } from "..";
import { jobManifest, type JobPlan, manifestsOf, type Manifest } from "./manifests";
import { type JobOptions, planRun, renderManifests } from "./plan";

const plan: JobPlan = {
  name: "plano-affinity-verify-0a1b2c3d",
  namespace: "demo",
  image: "example/node:22",
  args: ["verify", "--report", "json=-"],
  deadlineSeconds: 840,
  keepSeconds: 300,
  readsRedis: true,
  isApplied: false,
};
const parts = [Buffer.from([0, 1, 2]), Buffer.from([3])];

function made(changes: Partial<JobPlan> = {}): readonly Manifest[] {
  const { needs, job } = manifestsOf({ ...plan, ...changes }, parts);
  return [...needs, job];
}

function one<T extends Manifest>(kind: string, manifests = made()): T {
  const found = manifests.filter((manifest) => manifest.kind === kind);
  assert.equal(found.length, 1, kind);
  return found[0] as T;
}

const options: JobOptions = { ...defaultOptions, target: { ...defaultOptions.target, context: "prod" } };
const program = { entry: "verify.mjs", files: { "verify.mjs": "export {};" } };

describe("manifests of a run in the cluster", () => {
  it("are these, in one namespace and with labels by which they are found again", () => {
    assert.deepEqual(
      made().map(({ apiVersion, kind, metadata }) => `${apiVersion} ${kind} ${metadata?.name}`),
      [
        "v1 ServiceAccount plano-affinity-verify-0a1b2c3d",
        "rbac.authorization.k8s.io/v1 Role plano-affinity-verify-0a1b2c3d",
        "rbac.authorization.k8s.io/v1 RoleBinding plano-affinity-verify-0a1b2c3d",
        "v1 ConfigMap plano-affinity-verify-0a1b2c3d-1",
        "v1 ConfigMap plano-affinity-verify-0a1b2c3d-2",
        "batch/v1 Job plano-affinity-verify-0a1b2c3d",
      ],
    );
    const { metadata: ofPod } = one<V1Job>("Job").spec?.template ?? {};
    for (const labels of [...made().map(({ metadata }) => metadata?.labels), ofPod?.labels]) {
      assert.deepEqual(labels, {
        "app.kubernetes.io/name": "plano-affinity-verify",
        "app.kubernetes.io/instance": "plano-affinity-verify-0a1b2c3d",
        "app.kubernetes.io/part-of": "plano-affinity",
      });
    }
    for (const { metadata } of made()) assert.equal(metadata?.namespace, "demo");
  });

  it("give the Job the right to list pods of its namespace, and no other", () => {
    assert.deepEqual(one<V1Role>("Role").rules, [{ apiGroups: [""], resources: ["pods"], verbs: ["list"] }]);
    const binding = one<V1RoleBinding>("RoleBinding");
    assert.deepEqual(binding.roleRef, { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: plan.name });
    assert.deepEqual(binding.subjects, [{ kind: "ServiceAccount", name: plan.name, namespace: "demo" }]);
    assert.equal(one<V1Job>("Job").spec?.template.spec?.serviceAccountName, plan.name);
  });

  it("run one try without privileges, as the restricted profile wants it", () => {
    const { spec } = one<V1Job>("Job");
    assert.deepEqual(
      [spec?.backoffLimit, spec?.activeDeadlineSeconds, spec?.ttlSecondsAfterFinished, spec?.suspend],
      [0, 840, 300, undefined],
    );
    const pod = spec?.template.spec;
    assert.equal(pod?.restartPolicy, "Never");
    assert.deepEqual(pod?.securityContext, {
      runAsNonRoot: true,
      runAsUser: 1000,
      runAsGroup: 1000,
      seccompProfile: { type: "RuntimeDefault" },
    });
    assert.deepEqual(pod?.containers[0]?.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    assert.deepEqual(pod?.containers[0]?.resources, {
      requests: { cpu: "100m", memory: "128Mi" },
      limits: { cpu: "1", memory: "512Mi" },
    });
  });

  it("take Redis' password from the Secret by name, and only for a run that reads Redis", () => {
    const variables = (manifest: V1Job) => manifest.spec?.template.spec?.containers[0]?.env?.slice(1);
    const from = (name: string, key: string) => {
      return { name, valueFrom: { secretKeyRef: { name: "plano-secrets", key, optional: true } } };
    };
    assert.deepEqual(variables(one("Job")), [
      from("PLANO_AFFINITY_REDIS_PASSWORD", "REDIS_PASSWORD"),
      from("PLANO_AFFINITY_REDIS_URL", "REDIS_URL"),
    ]);
    assert.deepEqual(variables(one("Job", made({ readsRedis: false }))), []);
    const checks = (ids: readonly string[]) => {
      return planRun({ ...options, checks: ids }, program, "x", "printed");
    };
    assert.equal(variables(checks(["pinning", "redis"]).job)?.length, 2);
    assert.equal(variables(checks(["pinning", "traces"]).job)?.length, 0);
  });

  it("hold no password, also where the options have one", () => {
    const secret = { ...options, target: { ...options.target, redis: { selector: "app=redis", password: "geheim" } } };
    assert.ok(!JSON.stringify(planRun(secret, program, "x", "applied")).includes("geheim"));
    assert.ok(!renderManifests(secret, program, "x").includes("geheim"));
  });

  it("mount the parts of the program in one folder, whole and in order", () => {
    const maps = made().filter((manifest): manifest is V1ConfigMap => manifest.kind === "ConfigMap");
    assert.deepEqual(
      maps.map(({ data = {}, binaryData }) => [Object.keys(data), binaryData]),
      [
        [["run.mjs"], { "program.00": "AAEC" }],
        [[], { "program.01": "Aw==" }],
      ],
    );
    const pod = jobManifest(plan, ["a", "b"]).spec?.template.spec;
    assert.deepEqual(pod?.volumes?.[0]?.projected, { sources: [{ configMap: { name: "a" } }, { configMap: { name: "b" } }] });
    assert.deepEqual(pod?.containers[0]?.command, ["node", "/program/run.mjs"]);
    assert.deepEqual(pod?.containers[0]?.volumeMounts, [
      { name: "program", mountPath: "/program", readOnly: true },
      { name: "tmp", mountPath: "/tmp" },
    ]);
  });

  it("make an applied Job wait for the rest, pack its report, and go soon if it is forgotten", () => {
    const { spec } = planRun(options, program, "x", "applied").job;
    assert.deepEqual([spec?.suspend, spec?.ttlSecondsAfterFinished], [true, 300]);
    const variables = (job: V1Job) => job.spec?.template.spec?.containers[0]?.env?.map(({ name }) => name);
    assert.ok(variables(planRun(options, program, "x", "applied").job)?.includes("PLANO_AFFINITY_PACKED_REPORT"));
    assert.ok(!variables(planRun(options, program, "x", "printed").job)?.includes("PLANO_AFFINITY_PACKED_REPORT"));
  });

  it("have another name for every run", () => {
    assert.notEqual(planRun(options, program, "x", "applied").name, planRun(options, program, "x", "applied").name);
  });
});

describe("--in-cluster", () => {
  const text = renderManifests(options, program, "example/node:22");
  const documents = parseAllDocuments(text).map((document) => document.toJS() as Manifest);

  it("prints YAML of the same objects", () => {
    const name = documents[0]?.metadata?.name ?? "";
    assert.match(name, /^plano-affinity-verify-[0-9a-f]{8}$/);
    assert.deepEqual(
      documents.map(({ kind, metadata }) => `${kind} ${metadata?.name}`),
      ["ServiceAccount", "Role", "RoleBinding", "ConfigMap", "Job"].map((kind) => `${kind} ${name}`),
    );
    const { spec } = one<V1Job>("Job", documents);
    assert.equal(spec?.suspend, undefined);
    assert.equal(spec?.ttlSecondsAfterFinished, 3_600);
    assert.equal(spec?.template.spec?.containers[0]?.image, "example/node:22");
  });

  it("prints a Job whose log is its report and nothing else", () => {
    const args = one<V1Job>("Job", documents).spec?.template.spec?.containers[0]?.args ?? [];
    assert.deepEqual(args.slice(-2), ["--report=json=-", "--quiet"]);
    const applied = planRun(options, program, "x", "applied").job.spec?.template.spec?.containers[0]?.args ?? [];
    assert.equal(applied.at(-1), "--report=json=-");
  });

  it("says how its result is read and how it is removed", () => {
    const name = documents[0]?.metadata?.name ?? "";
    const comments = text.split("\n").filter((line) => line.startsWith("#"));
    assert.deepEqual(comments, [
      "# Verifies from inside the cluster. Apply it with: kubectl apply -f -",
      `# Its JSON report, at most 840 s later: kubectl -n plano-demo logs --follow job/${name}`,
      `# Remove it all: kubectl -n plano-demo delete job,configmap,rolebinding,role,serviceaccount -l app.kubernetes.io/instance=${name}`,
    ]);
  });
});
