import { strict as assert } from "node:assert";
import { setTimeout as delay } from "node:timers/promises";
import { waitFor } from "../../lib/wait";
import { connect, type KubeClients, namespace, patchOf, podNames, podsOf } from "./kube";
import { Load } from "./load";
import type { TestStack } from "./stack";

/** Longer than the five seconds for which every replica goes on at its end, and far shorter than it may. */
const answerSeconds = 8;
const requestsAtOnce = 20;

/** A stack whose replicas are busy with slow requests all the time. */
export class LoadedReplicas {
  /** Fewest replicas that were ready while {@link settled} waited. */
  fewestReady = Infinity;
  #load: Load | undefined;

  private constructor(readonly kube: KubeClients) {}

  /** Brings a stack up with so many replicas, neither more nor fewer, and without a proof; then the load is there. */
  static async of(stack: TestStack, count: number): Promise<LoadedReplicas> {
    await stack.configure({ minReplicas: count, maxReplicas: count, proof: { enabled: false } });
    await stack.up();
    const replicas = new LoadedReplicas(await connect(stack));
    const gateway = await stack.output<string>("gatewayUrl");
    await replicas.settled("plano", count);
    const env = [{ name: "STUB_LATENCY_MS", value: String(answerSeconds * 1_000) }];
    await replicas.patch("llm-stub", { spec: { template: { spec: { containers: [{ name: "llm-stub", env }] } } } });
    await replicas.settled("llm-stub");
    // Pins the sessions: each of them is answered once. After the stub is replaced, for a gateway keeps connections to the old one.
    const pinning = new Load(gateway, requestsAtOnce);
    await pinning[Symbol.asyncDispose]();
    assert.deepEqual([pinning.answered, ...pinning.failures], [requestsAtOnce]);
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
    await this.kube.apps.patchNamespacedDeployment({ namespace, name, body }, await patchOf("strategic"));
  }

  /** As `kubectl rollout restart` does. */
  async restart(): Promise<void> {
    const annotations = { "kubectl.kubernetes.io/restartedAt": new Date().toISOString() };
    await this.patch("plano", { spec: { template: { metadata: { annotations } } } });
  }

  async names(): Promise<string[]> {
    return podNames(this.kube, "plano");
  }

  /** Waits until a Deployment is complete and the pods that it replaced are gone. @returns how long that took, in seconds */
  async settled(name: string, replicas?: number): Promise<number> {
    this.fewestReady = Infinity;
    const begun = performance.now();
    return waitFor({ subject: `${name} to settle`, limitMs: 240_000, intervalMs: 250 }, async () => {
      const { metadata, spec, status } = await this.kube.apps.readNamespacedDeployment({ namespace, name });
      const pods = await podsOf(this.kube, name);
      const wanted = replicas ?? spec?.replicas;
      const counts = [spec?.replicas, status?.replicas, status?.updatedReplicas, status?.readyReplicas, pods.length];
      this.fewestReady = Math.min(this.fewestReady, status?.readyReplicas ?? 0);
      const ending = pods.filter((it) => it.metadata?.deletionTimestamp !== undefined).length;
      const observed = (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0);
      if (observed && ending === 0 && counts.every((it) => it === wanted)) return (performance.now() - begun) / 1_000;
      throw new Error(
        `replicas wanted, there, updated, ready, and pods: ${counts.map((it) => it ?? 0).join(", ")}; ${ending} end`,
      );
    });
  }

  /** Evicts a pod as `kubectl drain` does. @returns how often that was refused */
  async evict(name: string): Promise<number> {
    const body = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace } };
    let refusals = 0;
    // 429: the disruption budget forbids it for now.
    const isFinal = (error: unknown): boolean => (error as { code?: unknown }).code !== 429;
    await waitFor({ subject: `the eviction of ${name}`, limitMs: 60_000, intervalMs: 500, isFinal }, () =>
      this.kube.core.createNamespacedPodEviction({ name, namespace, body }).then(
        () => true,
        (error: unknown) => {
          refusals++;
          throw error;
        },
      ),
    );
    return refusals;
  }

  async stopLoad(): Promise<void> {
    await this.#load?.[Symbol.asyncDispose]();
  }
}
