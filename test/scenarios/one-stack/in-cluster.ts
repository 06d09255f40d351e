import { strict as assert } from "node:assert";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { KubernetesObject, V1Job } from "@kubernetes/client-node";
import { parseAllDocuments } from "yaml";
import { waitFor } from "../../../lib/wait";
import { assertFitsSchema } from "../../integration/verify/report-schema";
import { connect, type KubeClients, namespace, podsOf } from "../../stacks/kube";
import { npmRun, type ProcessOutcome, type TestStack } from "../../stacks/stack";

/** What `--in-cluster` makes; the others go a moment after their Job. */
const kinds = [
  ["batch/v1", "Job"],
  ["v1", "ConfigMap"],
  ["v1", "ServiceAccount"],
  ["rbac.authorization.k8s.io/v1", "Role"],
  ["rbac.authorization.k8s.io/v1", "RoleBinding"],
] as const;

export function inCluster(theStack: () => TestStack): void {
  describe("verify --in-cluster on a sandbox", () => {
    let stack: TestStack;
    let clients: KubeClients;
    /** The sandbox pulls nothing: the stand-in's image has Node.js. */
    let image: string;
    let addresses: string[];

    /** That nothing is there any more of what a run made: the cluster removes what the Job owned. */
    async function assertNothingLeft(): Promise<void> {
      const labelSelector = "app.kubernetes.io/name=plano-affinity-verify";
      for (const [apiVersion, kind] of kinds)
        await waitFor({ subject: `the end of every ${kind}`, limitMs: 60_000, intervalMs: 200 }, async () => {
          const anyField = [undefined, undefined, undefined, undefined] as const;
          const { items } = await clients.objects.list(apiVersion, kind, namespace, ...anyField, labelSelector);
          return items.length === 0 ? true : undefined;
        });
    }

    /**
     * Creates the objects of a YAML text as `kubectl apply` does for new ones: with each object as it was written in an
     * annotation, for which the API server allows 256 KiB.
     */
    async function applyAsKubectl(yaml: string): Promise<KubernetesObject[]> {
      const made: KubernetesObject[] = [];
      for (const document of parseAllDocuments(yaml)) {
        const object = document.toJS() as KubernetesObject & { metadata: object };
        const annotations = { "kubectl.kubernetes.io/last-applied-configuration": `${JSON.stringify(object)}\n` };
        made.push(await clients.objects.create({ ...object, metadata: { ...object.metadata, annotations } }));
      }
      return made;
    }

    const verify = async (...args: readonly string[]): Promise<ProcessOutcome> =>
      npmRun(["verify", ...args], await stack.environment());

    before(async () => {
      stack = theStack();
      clients = await connect(stack);
      const items = await podsOf(clients, "plano");
      image = items[0]?.spec?.containers[0]?.image ?? "";
      addresses = items.map(({ status }) => `http://${status?.podIP}:12000`).sort();
    });

    it("asks the pods at their own addresses, passes, and leaves nothing", async () => {
      const path = join(stack.folder, "report.json");
      const { code, stdout, stderr } = await verify("--in-cluster=apply", "--image", image, "--report", `json=${path}`);
      assert.equal(code, 0, `${stdout}\n${stderr}`);
      assert.match(stdout, /Affinity: pass\n$/);
      const report: unknown = JSON.parse(await readFile(path, "utf8"));
      assertFitsSchema(report);
      assert.deepEqual(report.replicas.map(({ url }) => url).sort(), addresses);
      assert.deepEqual(
        report.checks.map(({ id, verdict }) => [id, verdict]),
        ["control", "pinning", "redis", "traces", "race"].map((id) => [id, "pass"]),
      );
      await assertNothingLeft();
    });

    it("prints manifests that the cluster takes, with no more rights than the Job needs", async () => {
      const { code, stdout, stderr } = await verify("--in-cluster", "--image", image);
      assert.equal(code, 0, stderr);
      const made = await applyAsKubectl(stdout);
      try {
        const jobName = made.find(({ kind }) => kind === "Job")?.metadata?.name ?? "";
        const review = async (verb: string, resource: string, inNamespace = namespace): Promise<boolean> => {
          const resourceAttributes = { verb, resource, namespace: inNamespace };
          const body = { spec: { user: `system:serviceaccount:${namespace}:${jobName}`, resourceAttributes } };
          return (await clients.authorization.createSubjectAccessReview({ body })).status?.allowed ?? false;
        };
        assert.equal(await review("list", "pods"), true);
        for (const [verb, resource, where] of [
          ["get", "secrets", namespace],
          ["delete", "pods", namespace],
          ["get", "configmaps", namespace],
          ["list", "pods", "kube-system"],
        ] as const) {
          assert.equal(await review(verb, resource, where), false, `${verb} ${resource} in ${where}`);
        }

        const job = await waitFor({ subject: `Job ${jobName}`, limitMs: 120_000, intervalMs: 500 }, async (): Promise<V1Job> => {
          const read = await clients.batch.readNamespacedJob({ name: jobName, namespace });
          const { active, succeeded, failed } = read.status ?? {};
          if ((succeeded ?? 0) + (failed ?? 0) === 0) throw new Error(`${active ?? 0} pods active`);
          return read;
        });
        const pods = await clients.core.listNamespacedPod({ namespace, labelSelector: `job-name=${jobName}` });
        const log = await clients.core.readNamespacedPodLog({ name: pods.items[0]?.metadata?.name ?? "", namespace });
        const report: unknown = JSON.parse(log);
        assertFitsSchema(report);
        assert.deepEqual([report.verdict, report.reason], ["pass", null]);
        assert.equal(job.status?.succeeded, 1);
      } finally {
        for (const it of made) await clients.objects.delete(it, undefined, undefined, undefined, undefined, "Background");
      }
    });

    it("prints a pod that a namespace of the restricted profile takes", async () => {
      const { stdout } = await verify("--in-cluster", "--image", image);
      const job = parseAllDocuments(stdout).at(-1)?.toJS() as V1Job;
      const template = job.spec?.template;
      const labels = template?.metadata?.labels;
      const restricted = "restricted-profile";
      const enforce = { "pod-security.kubernetes.io/enforce": "restricted" };
      await clients.core.createNamespace({ body: { metadata: { name: restricted, labels: enforce } } });
      try {
        const pod = (spec = template?.spec) => {
          const account = { serviceAccountName: "default", automountServiceAccountToken: false };
          const body = { metadata: { name: "verify", labels }, spec: spec && { ...spec, ...account } };
          return clients.core.createNamespacedPod({ namespace: restricted, dryRun: "All", body });
        };
        await waitFor({ subject: "the default ServiceAccount", limitMs: 20_000, intervalMs: 100 }, () =>
          clients.core.readNamespacedServiceAccount({ namespace: restricted, name: "default" }),
        );
        await pod();
        await assert.rejects(pod(template?.spec && { ...template.spec, securityContext: {} }), /violates PodSecurity/);
      } finally {
        await clients.core.deleteNamespace({ name: restricted });
      }
    });
  });
}
