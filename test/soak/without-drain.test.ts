import { strict as assert } from "node:assert";
import { namespace, podsOf } from "../stacks/kube";
import { LoadedReplicas } from "../stacks/loaded-replicas";
import { stackOfSuite } from "../stacks/stack";
import { stepByStep } from "../../lib/testing/skip";

/** What test/scenarios/one-stack/drain.ts shows is due to these: without them it would fail. */
describe("replicas that end on purpose on a sandbox, without what protects them", function () {
  stepByStep(this);
  const theStack = stackOfSuite("e2e-without-drain");
  let replicas: LoadedReplicas;

  before(async () => void (replicas = await LoadedReplicas.of(theStack(), 2)));
  after(() => replicas?.stopLoad());

  it("are fewer than wanted in a rollout that may take all at once", async () => {
    await replicas.patch("plano", { spec: { strategy: { rollingUpdate: { maxUnavailable: "100%", maxSurge: 0 } } } });
    await replicas.restart();
    await replicas.settled("plano", 2);
    assert.equal(replicas.fewestReady, 0);
    await replicas.patch("plano", { spec: { strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } } } });
  });

  it("are evicted all at once without the budget", async () => {
    const client = await import("@kubernetes/client-node");
    const policy = replicas.kube.config.makeApiClient(client.PolicyV1Api);
    await policy.deleteNamespacedPodDisruptionBudget({ namespace, name: "plano" });
    for (const name of await replicas.names()) assert.equal(await replicas.evict(name), 0);
    await replicas.settled("plano", 2);
  });

  it("lose requests without the drain", async () => {
    const { load } = replicas;
    load.failures.clear();
    await replicas.patch("plano", { spec: { template: { spec: { containers: [{ name: "gateway", lifecycle: null }] } } } });
    await replicas.settled("plano", 2);
    assert.deepEqual([...load.failures], [], "the replicas that are replaced still drain");
    for (const { spec } of await podsOf(replicas.kube, "plano"))
      assert.ok(spec?.containers.every((it) => it.lifecycle === undefined));
    await replicas.restart();
    await replicas.settled("plano", 2);
    const failures = [...load.failures.keys()];
    assert.notDeepEqual(failures, [], "a rollout without hooks lost requests");
    for (const failure of failures) assert.match(failure, /socket hang up|ECONNRESET|ECONNREFUSED/);
  });
});
