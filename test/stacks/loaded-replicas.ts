import type { V1Pod } from "@kubernetes/client-node";
import { strict as assert } from "node:assert";
import { setTimeout as delay } from "node:timers/promises";
import { connect, type KubeClients } from "./kube";
import { removeLeftovers } from "./leftovers";
import { Load } from "./load";
import { TestStack } from "./stack";

export const namespace = "plano-demo";

/** Longer than the five seconds for which every replica goes on at its end, and far shorter than it may. */
const answerSeconds = 8;
const requestsAtOnce = 20;

/** A stack whose replicas are busy with slow requests all the time. */
export class LoadedReplicas implements AsyncDisposable {
  /** Fewest replicas that were ready while {@link settled} waited. */
  fewestReady = Infinity;
  #load: Load | undefined;

  private constructor(
    private readonly stack: TestStack,
    readonly kube: KubeClients,
  ) {}

  static async start(name: string, count: number): Promise<LoadedReplicas> {
    await removeLeftovers();
    const stack = await TestStack.create(name, { minReplicas: count, maxReplicas: count, proof: { enabled: false } });
    await stack.must(["up", "--yes", "--skip-preview"]);
    const replicas = new LoadedReplicas(stack, await connect(stack));
    const gateway = new URL("/v1/chat/completions", await stack.output<string>("gatewayUrl"));
    await replicas.settled("plano", count);
    // Pins the sessions while routing costs no time: each of them is answered once.
    const pinning = new Load(gateway, requestsAtOnce);
    await pinning[Symbol.asyncDispose]();
    assert.deepEqual([pinning.answered, ...pinning.failures], [requestsAtOnce]);
    const env = [{ name: "STUB_LATENCY_MS", value: String(answerSeconds * 1_000) }];
    await replicas.patch("llm-stub", { spec: { template: { spec: { containers: [{ name: "llm-stub", env }] } } } });
    await replicas.settled("llm-stub");
    replicas.#load = new Load(gateway, requestsAtOnce);
    await delay(1_000);
    return replicas;
  }

  /** The requests that are under way all the time. */
  get load(): Load {
    return this.#load ?? assert.fail("there is no load yet");
  }

  /** Patches a Deployment as `kubectl patch` does: containers by their names. */
  async patch(name: string, body: object): Promise<void> {
    const client = await import("@kubernetes/client-node");
    const options = client.setHeaderOptions("Content-Type", client.PatchStrategy.StrategicMergePatch);
    await this.kube.apps.patchNamespacedDeployment({ namespace, name, body }, options);
  }

  /** As `kubectl rollout restart` does. */
  async restart(): Promise<void> {
    const annotations = { "kubectl.kubernetes.io/restartedAt": new Date().toISOString() };
    await this.patch("plano", { spec: { template: { metadata: { annotations } } } });
  }

  async podsOf(app: string): Promise<V1Pod[]> {
    return (await this.kube.core.listNamespacedPod({ namespace, labelSelector: `app=${app}` })).items;
  }

  async names(): Promise<string[]> {
    return (await this.podsOf("plano")).map(({ metadata }) => metadata?.name ?? "").sort();
  }

  /** Waits until a Deployment is complete and the pods that it replaced are gone. @returns how long that took, in seconds */
  async settled(name: string, replicas?: number, limitSeconds = 90): Promise<number> {
    this.fewestReady = Infinity;
    const begun = performance.now();
    const passed = (): number => (performance.now() - begun) / 1_000;
    let seen = "";
    while (passed() < limitSeconds) {
      const { metadata, spec, status } = await this.kube.apps.readNamespacedDeployment({ namespace, name });
      const pods = await this.podsOf(name);
      const wanted = replicas ?? spec?.replicas;
      const counts = [spec?.replicas, status?.replicas, status?.updatedReplicas, status?.readyReplicas, pods.length];
      this.fewestReady = Math.min(this.fewestReady, status?.readyReplicas ?? 0);
      const ending = pods.filter((it) => it.metadata?.deletionTimestamp !== undefined).length;
      seen = `replicas wanted, there, updated, ready, and pods: ${counts.map((it) => it ?? 0).join(", ")}; ${ending} end`;
      const observed = (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0);
      if (observed && ending === 0 && counts.every((it) => it === wanted)) return passed();
      await delay(250);
    }
    throw new Error(`waited ${limitSeconds} s for ${name} to settle; last seen: ${seen}`);
  }

  /** Evicts a pod as `kubectl drain` does. @returns how often that was refused */
  async evict(name: string, limitSeconds = 60): Promise<number> {
    const body = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace } };
    const end = performance.now() + limitSeconds * 1_000;
    for (let refusals = 0; performance.now() < end; refusals++) {
      try {
        await this.kube.core.createNamespacedPodEviction({ name, namespace, body });
        return refusals;
      } catch (error) {
        // 429: the disruption budget forbids it for now.
        if ((error as { code?: unknown }).code !== 429) throw error;
      }
      await delay(500);
    }
    throw new Error(`waited ${limitSeconds} s for the eviction of ${name}; last seen: 429`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#load?.[Symbol.asyncDispose]();
    await this.stack[Symbol.asyncDispose]();
  }
}
