import type { V1Pod } from "@kubernetes/client-node";
import { strict as assert } from "node:assert";
import { setTimeout as delay } from "node:timers/promises";
import { skipBecause, stepByStep } from "../skip";
import { connect, type KubeClients } from "./kube";
import { removeLeftovers } from "./leftovers";
import { Load } from "./load";
import { TestStack } from "./stack";

const namespace = "plano-demo";
/** Longer than the five seconds for which every replica goes on at its end, and far shorter than it may. */
const answerSeconds = 8;
const requestsAtOnce = 20;

/** One stack under a constant load of slow requests; each test goes on where the one before ended. */
describe("replicas that end on purpose on a sandbox", function () {
  stepByStep(this);
  let stack: TestStack;
  let kube: KubeClients;
  let load: Load | undefined;
  /** Fewest replicas that were ready while one was waited for. */
  let fewestReady = Infinity;

  before(async function () {
    if (process.platform !== "linux" || process.getuid?.() !== 0) skipBecause(this, "the sandbox needs Linux and root");
    await removeLeftovers();
    stack = await TestStack.create("e2e-drain", { minReplicas: 3, maxReplicas: 3, proof: { enabled: false } });
    await stack.must(["up", "--yes", "--skip-preview"]);
    kube = await connect(stack);
    const gateway = new URL("/v1/chat/completions", await stack.output<string>("gatewayUrl"));
    await settled("plano", 3);
    // Pins the sessions while routing costs no time: each of them is answered once.
    const pinning = new Load(gateway, requestsAtOnce);
    await pinning[Symbol.asyncDispose]();
    assert.deepEqual([pinning.answered, ...pinning.failures], [requestsAtOnce]);
    const env = [{ name: "STUB_LATENCY_MS", value: String(answerSeconds * 1_000) }];
    await patch("llm-stub", { spec: { template: { spec: { containers: [{ name: "llm-stub", env }] } } } });
    await settled("llm-stub");
    load = new Load(gateway, requestsAtOnce);
    await delay(1_000);
  });

  after(async () => {
    await load?.[Symbol.asyncDispose]();
    await stack?.[Symbol.asyncDispose]();
  });

  /** Patches a Deployment as `kubectl patch` does: containers by their names. */
  async function patch(name: string, body: object): Promise<void> {
    const client = await import("@kubernetes/client-node");
    const options = client.setHeaderOptions("Content-Type", client.PatchStrategy.StrategicMergePatch);
    await kube.apps.patchNamespacedDeployment({ namespace, name, body }, options);
  }

  /** As `kubectl rollout restart` does. */
  const restart = (): Promise<void> =>
    patch("plano", {
      spec: { template: { metadata: { annotations: { "kubectl.kubernetes.io/restartedAt": new Date().toISOString() } } } },
    });

  const podsOf = async (app: string): Promise<V1Pod[]> =>
    (await kube.core.listNamespacedPod({ namespace, labelSelector: `app=${app}` })).items;

  const planoNames = async (): Promise<string[]> => (await podsOf("plano")).map(({ metadata }) => metadata?.name ?? "").sort();

  /** Waits until a Deployment is complete and the pods that it replaced are gone. @returns how long that took, in seconds */
  async function settled(name: string, replicas?: number, limitSeconds = 90): Promise<number> {
    fewestReady = Infinity;
    const begun = performance.now();
    const passed = (): number => (performance.now() - begun) / 1_000;
    let seen = "";
    while (passed() < limitSeconds) {
      const { metadata, spec, status } = await kube.apps.readNamespacedDeployment({ namespace, name });
      const pods = await podsOf(name);
      const wanted = replicas ?? spec?.replicas;
      const counts = [spec?.replicas, status?.replicas, status?.updatedReplicas, status?.readyReplicas, pods.length];
      fewestReady = Math.min(fewestReady, status?.readyReplicas ?? 0);
      const ending = pods.filter((it) => it.metadata?.deletionTimestamp !== undefined).length;
      seen = `replicas wanted, there, updated, ready, and pods: ${counts.map((it) => it ?? 0).join(", ")}; ${ending} end`;
      const observed = (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0);
      if (observed && ending === 0 && counts.every((it) => it === wanted)) return passed();
      await delay(250);
    }
    throw new Error(`waited ${limitSeconds} s for ${name} to settle; last seen: ${seen}`);
  }

  /** That what was done took no request away, although every replica had some of them all the time. */
  async function assertNothingLost(what: () => Promise<void>): Promise<void> {
    assert.ok(load);
    const before = load.answered;
    await what();
    assert.deepEqual([...load.failures], []);
    assert.ok(load.answered > before, "requests were answered meanwhile");
  }

  it("lose no request in a rollout", () =>
    assertNothingLost(async () => {
      const old = await planoNames();
      assert.equal(old.length, 3);
      await restart();
      await settled("plano", 3);
      const left = (await planoNames()).filter((name) => old.includes(name));
      assert.deepEqual(left, [], "all replicas were replaced");
      assert.equal(fewestReady, 3);
    }));

  it("lose none when a pod is deleted, which goes with its last answer and not at the limit", () =>
    assertNothingLost(async () => {
      const [name = ""] = await planoNames();
      await kube.core.deleteNamespacedPod({ namespace, name });
      const seconds = await settled("plano", 3);
      assert.equal((await planoNames()).includes(name), false, `${name} is gone`);
      assert.ok(seconds >= 5 && seconds < 40, `it took ${seconds} s; the limit is 60 s`);
    }));

  it("lose none when the autoscaler takes a replica away", () =>
    assertNothingLost(async () => {
      const client = await import("@kubernetes/client-node");
      const options = client.setHeaderOptions("Content-Type", client.PatchStrategy.MergePatch);
      const autoscaling = kube.config.makeApiClient(client.AutoscalingV2Api);
      // Above the most replicas it waits for no figures.
      const body = { spec: { minReplicas: 2, maxReplicas: 2 } };
      await autoscaling.patchNamespacedHorizontalPodAutoscaler({ namespace, name: "plano", body }, options);
      await settled("plano", 2);
    }));

  it("lose none when all of them are evicted, one after another as the disruption budget allows", () =>
    assertNothingLost(async () => {
      const names = await planoNames();
      let refusals = 0;
      for (const name of names) refusals += await evict(name);
      assert.ok(refusals > 0, "the second had to wait for the first one's successor");
      await settled("plano", 2);
      const left = (await planoNames()).filter((name) => names.includes(name));
      assert.deepEqual(left, [], "all replicas were evicted");
    }));

  /** Evicts a pod as `kubectl drain` does. @returns how often that was refused */
  async function evict(name: string, limitSeconds = 60): Promise<number> {
    const body = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace } };
    const end = performance.now() + limitSeconds * 1_000;
    for (let refusals = 0; performance.now() < end; refusals++) {
      try {
        await kube.core.createNamespacedPodEviction({ name, namespace, body });
        return refusals;
      } catch (error) {
        // 429: the disruption budget forbids it for now.
        if ((error as { code?: unknown }).code !== 429) throw error;
      }
      await delay(500);
    }
    throw new Error(`waited ${limitSeconds} s for the eviction of ${name}; last seen: 429`);
  }

  it("would be fewer than wanted in a rollout that may take all at once", async () => {
    await patch("plano", { spec: { strategy: { rollingUpdate: { maxUnavailable: "100%", maxSurge: 0 } } } });
    await restart();
    await settled("plano", 2);
    assert.equal(fewestReady, 0);
    await patch("plano", { spec: { strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } } } });
  });

  it("would be evicted all at once without the budget", async () => {
    const client = await import("@kubernetes/client-node");
    await kube.config.makeApiClient(client.PolicyV1Api).deleteNamespacedPodDisruptionBudget({ namespace, name: "plano" });
    for (const name of await planoNames()) assert.equal(await evict(name), 0);
    await settled("plano", 2);
  });

  it("would lose some without the drain", async () => {
    assert.ok(load);
    load.failures.clear();
    await patch("plano", { spec: { template: { spec: { containers: [{ name: "gateway", lifecycle: null }] } } } });
    await settled("plano", 2);
    assert.deepEqual([...load.failures], [], "the replicas that are replaced still drain");
    for (const { spec } of await podsOf("plano")) assert.ok(spec?.containers.every((it) => it.lifecycle === undefined));
    await restart();
    await settled("plano", 2);
    const failures = [...load.failures.keys()];
    assert.notDeepEqual(failures, [], "a rollout without hooks lost requests");
    for (const failure of failures) assert.match(failure, /socket hang up|ECONNRESET|ECONNREFUSED/);
  });
});
