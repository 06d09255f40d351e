import { strict as assert } from "node:assert";
import { waitFor } from "../../lib/wait";
import type { DisruptionEvent } from "../../verify/disruption/event";
import { connect, type KubeClients, namespace, patchOf } from "../stacks/kube";
import { stackOfSuite } from "../stacks/stack";

/** The probe of a Deployment that does not see whether the gateway has its Redis. */
const healthOnly = { httpGet: { path: "/healthz", port: "http" }, periodSeconds: 10, failureThreshold: 3 };

/** What keeps affinity in production, switched off one by one: the check that it was made for must then fail. */
describe("without its mitigations a stack on a sandbox", () => {
  const theStack = stackOfSuite("e2e-mitigations");
  let kube: KubeClients;

  before(async () => {
    await theStack().up();
    kube = await connect(theStack());
  });

  it("loses its pins when Redis restarts and keeps no file of them", async () => {
    const { data } = await kube.core.readNamespacedConfigMap({ namespace, name: "redis-config" });
    const conf = (data?.["redis.conf"] ?? "").replace("appendonly yes", "appendonly no");
    assert.match(conf, /appendonly no/);
    const config = { namespace, name: "redis-config", body: { data: { "redis.conf": conf } } };
    await kube.core.patchNamespacedConfigMap(config, await patchOf("merge"));
    assert.deepEqual(await failedFaults(), ["redis-restarted"]);
  });

  it("loses affinity for good when Redis' clients are disconnected and no probe notices", async () => {
    const container = { name: "gateway", livenessProbe: healthOnly };
    const body = { spec: { template: { spec: { containers: [container] } } } };
    await kube.apps.patchNamespacedDeployment({ namespace, name: "plano", body }, await patchOf("strategic"));
    await rolledOut();
    assert.deepEqual(await failedFaults(), ["redis-clients-killed"]);
  });

  /** The faults of the check `faults` from which the deployment did not recover. */
  async function failedFaults(): Promise<string[]> {
    const { report } = await theStack().verify(["--namespace", namespace, "--checks", "faults", "--yes"], 1);
    const { checks } = await report();
    const { events } = checks.find(({ id }) => id === "faults")?.evidence as { events: readonly DisruptionEvent[] };
    return events.filter(({ verdict }) => verdict === "fail").map(({ id }) => id);
  }

  async function rolledOut(): Promise<void> {
    await waitFor({ subject: "the rollout", limitMs: 120_000, intervalMs: 500 }, async () => {
      const { metadata, spec, status } = await kube.apps.readNamespacedDeployment({ namespace, name: "plano" });
      const counts = [status?.updatedReplicas, status?.availableReplicas, status?.replicas];
      if (status?.observedGeneration === metadata?.generation && counts.every((it) => it === spec?.replicas)) return true;
      throw new Error(JSON.stringify(status));
    });
  }
});
