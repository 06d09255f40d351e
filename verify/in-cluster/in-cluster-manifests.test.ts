import assert from "node:assert/strict";
import type { V1ConfigMap, V1Job, V1Role, V1RoleBinding } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { parseAllDocuments } from "yaml";
import { defaultOptions } from "..";
import { type JobPlan, type Manifest, manifestsOf } from "./manifests";
import { type JobOptions, planRun, renderManifests } from "./plan";

const plan: JobPlan = {
  name: "plano-affinity-verify-0a1b2c3d",
  namespace: "demo",
  image: "example/node:22",
  args: ["verify", "--report", "json=-"],
  deadlineSeconds: 840,
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
    const { backoffLimit, activeDeadlineSeconds, ttlSecondsAfterFinished, suspend } = spec ?? {};
    assert.deepEqual([backoffLimit, activeDeadlineSeconds, ttlSecondsAfterFinished, suspend], [0, 840, 3_600, undefined]);
    const { restartPolicy, securityContext, containers = [] } = spec?.template.spec ?? {};
    const user = { runAsNonRoot: true, runAsUser: 1000, runAsGroup: 1000 };
    const container = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } };
    const resources = { requests: { cpu: "100m", memory: "128Mi" }, limits: { cpu: "1", memory: "512Mi" } };
    assert.equal(restartPolicy, "Never");
    assert.deepEqual(securityContext, { ...user, seccompProfile: { type: "RuntimeDefault" } });
    assert.deepEqual([containers[0]?.securityContext, containers[0]?.resources], [container, resources]);
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
    const count = (...checks: string[]) => variables(planRun({ ...options, checks }, program, "x", "printed").job)?.length;
    assert.deepEqual([count("pinning", "redis"), count("pinning", "traces")], [2, 0]);
  });

  it("hold no password, also where the options have one", () => {
    const secret = { ...options, target: { ...options.target, redis: { selector: "app=redis", password: "geheim" } } };
    assert.ok(!JSON.stringify(planRun(secret, program, "x", "applied")).includes("geheim"));
    assert.ok(!renderManifests(secret, program, "x").includes("geheim"));
  });

  it("mount the parts of the program in one folder, whole and in order", () => {
    const maps = made().filter((manifest): manifest is V1ConfigMap => manifest.kind === "ConfigMap");
    const held = maps.map(({ data = {}, binaryData }) => ({ code: Object.keys(data), binaryData }));
    assert.deepEqual(held, [
      { code: ["run.mjs"], binaryData: { "program.00": "AAEC" } },
      { code: [], binaryData: { "program.01": "Aw==" } },
    ]);
    const pod = one<V1Job>("Job").spec?.template.spec;
    assert.deepEqual(pod?.volumes?.[0]?.projected, {
      sources: maps.map(({ metadata }) => ({ configMap: { name: metadata?.name } })),
    });
    assert.deepEqual(pod?.containers[0]?.command, ["node", "/program/run.mjs"]);
    assert.deepEqual(pod?.containers[0]?.volumeMounts, [
      { name: "program", mountPath: "/program", readOnly: true },
      { name: "tmp", mountPath: "/tmp" },
    ]);
  });

  it("make an applied Job wait for the rest, pack its report, and go soon if it is forgotten", () => {
    const [applied, printed] = [planRun(options, program, "x", "applied"), planRun(options, program, "x", "printed")];
    const { spec } = applied.job;
    assert.deepEqual([spec?.suspend, spec?.ttlSecondsAfterFinished], [true, 300]);
    const packs = ({ job }: typeof applied) => JSON.stringify(job).includes("PLANO_AFFINITY_PACKED_REPORT");
    assert.deepEqual([packs(applied), packs(printed)], [true, false]);
    assert.notEqual(applied.name, printed.name, "every run has a name of its own");
  });
});

describe("--in-cluster", () => {
  const text = renderManifests(options, program, "example/node:22");
  const documents = parseAllDocuments(text).map((document) => document.toJS() as Manifest);

  it("prints YAML of the same objects", () => {
    const name = documents[0]?.metadata?.name ?? "";
    assert.match(name, /^plano-affinity-verify-[0-9a-f]{8}$/);
    const kinds = documents.map(({ kind, metadata }) => `${kind} ${metadata?.name}`);
    assert.deepEqual(
      kinds,
      ["ServiceAccount", "Role", "RoleBinding", "ConfigMap", "Job"].map((kind) => `${kind} ${name}`),
    );
    const { suspend, ttlSecondsAfterFinished, template } = one<V1Job>("Job", documents).spec ?? {};
    const image = template?.spec?.containers[0]?.image;
    assert.deepEqual([suspend, ttlSecondsAfterFinished, image], [undefined, 3_600, "example/node:22"]);
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
