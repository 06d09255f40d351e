import { strict as assert } from "node:assert";
import type { Report } from "../../verify";
import { waitFor } from "../../lib/wait";
import { stepByStep } from "../../lib/testing/skip";
import { connect, type KubeClients, namespace, patchOf, podNames } from "../stacks/kube";
import { Load } from "../stacks/load";
import { type MachineState, machineState } from "../stacks/machine";
import { assertUnchanged, stackOfSuite, type TestStack } from "../stacks/stack";

/** One stack that is scaled, reached in several ways, and left; each test goes on where the one before ended. */
describe("a stack's life on a sandbox", function () {
  stepByStep(this);
  // Less than the usual target: other work on the machine must not decide whether the load is enough.
  const theStack = stackOfSuite("e2e-lifecycle", { cpuTarget: 20, jaegerStorage: "1Gi" });
  let untouched: MachineState;
  let stack: TestStack;
  let kube: KubeClients;
  let begun: Report;

  before(async () => {
    untouched = await machineState();
    stack = theStack();
    await stack.up();
    kube = await connect(stack);
    begun = await verify(["--sessions", "8", "--session-prefix", "lifecycle-"]);
    assert.equal(new Set(begun.sessions.map(({ model }) => model)).size, 2, "the sessions are pinned to both models");
  });

  /** Without races, whose sessions are new in every run. */
  const verify = async (args: readonly string[]): Promise<Report> =>
    (await stack.verify(["--namespace", namespace, "--checks", "control,pinning,redis,traces", ...args], 0)).report();

  /** That the sessions begun at first have kept their models, on `replicas` replicas, next to new sessions. */
  async function assertPinsKept(replicas: number): Promise<void> {
    const report = await verify(["--sessions", "24", "--session-prefix", "lifecycle-"]);
    assert.equal(report.verdict, "pass");
    assert.equal(report.replicas.length, replicas);
    const pinning = report.checks.find(({ id }) => id === "pinning");
    const [, before = "0"] = /(\d+) were pinned before this run/.exec(pinning?.summary ?? "") ?? [];
    assert.ok(Number(before) >= begun.sessions.length, pinning?.summary);
    for (const { id, model } of begun.sessions) {
      const now = report.sessions.find((it) => it.id === id);
      assert.equal(now?.model, model, id);
    }
    const asked = new Set(report.sessions.slice(0, 8).flatMap((it) => it.replicas));
    assert.equal(asked.size, replicas, "the sessions of before were asked on every replica");
  }

  const replicasBecome = (wanted: number, limitMs: number): Promise<boolean> =>
    waitFor({ subject: `${wanted} replicas`, limitMs, intervalMs: 500 }, async () => {
      const plano = { namespace, name: "plano" };
      const { status } = await kube.apps.readNamespacedDeployment(plano);
      const { status: scaling } = await kube.autoscaling.readNamespacedHorizontalPodAutoscaler(plano);
      if (status?.readyReplicas === wanted && status.replicas === wanted) return true;
      const seen = `${status?.readyReplicas ?? 0} of ${status?.replicas ?? 0} ready`;
      throw new Error(`${seen}, ${JSON.stringify(scaling?.currentMetrics ?? [])}`);
    });

  it("grows from two to five replicas by load, which honour old pins, and up leaves their number alone", async () => {
    const gateway = await stack.output<string>("gatewayUrl");
    {
      await using load = new Load(gateway, 12);
      await replicasBecome(5, 200_000);
      assert.deepEqual([...load.failures], []);
      assert.ok(load.answered > 1_000, `${load.answered} requests were answered`);
    }
    await assertPinsKept(5);
    assertUnchanged(await stack.up());
    assert.equal((await kube.apps.readNamespacedDeployment({ namespace, name: "plano" })).spec?.replicas, 5);
  });

  it("shrinks to two when the load is gone, and loses no pin", async () => {
    await kube.autoscaling.patchNamespacedHorizontalPodAutoscaler(
      // The usual five minutes of patience are the autoscaler's, not ours to test.
      { namespace, name: "plano", body: { spec: { behavior: { scaleDown: { stabilizationWindowSeconds: 0 } } } } },
      await patchOf("strategic"),
    );
    await replicasBecome(2, 120_000);
    await assertPinsKept(2);
  });

  it("grows to three by minReplicas, and the third honours old pins", async () => {
    await stack.configure({ minReplicas: 3 });
    await stack.up();
    await assertPinsKept(3);
  });

  it("keeps its traces when Jaeger is restarted", async () => {
    const jaeger = await stack.output<string>("jaegerUrl");
    const trace = async (path: string): Promise<string | undefined> => {
      const answer = await fetch(`${jaeger}/api/traces${path}`);
      const { data } = (await answer.json()) as { readonly data: readonly { readonly traceID: string }[] | null };
      return data?.[0]?.traceID;
    };
    const before = await trace("?service=plano(llm)&limit=1");
    assert.ok(before !== undefined, "there is a trace");
    const podOf = async (): Promise<string> => (await podNames(kube, "jaeger"))[0] ?? "";
    const old = await podOf();
    await kube.core.deleteNamespacedPod({ namespace, name: old });
    await waitFor({ subject: "Jaeger with its traces", limitMs: 60_000, intervalMs: 500 }, async () => {
      assert.notEqual(await podOf(), old);
      assert.equal(await trace(`/${before}`), before);
      return true;
    });
  });

  it("takes a new password of Redis, and keeps the pins", async () => {
    const passwordOf = async (): Promise<string> =>
      (await kube.core.readNamespacedSecret({ namespace, name: "plano-secrets" })).data?.["REDIS_PASSWORD"] ?? "";
    const before = await passwordOf();
    const password = "ANewPasswordOfTheTests1";
    await stack.setSecret("redisPassword", password);
    const output = await stack.up();
    assert.ok(!output.includes(password));
    assert.notEqual(await passwordOf(), before);
    assert.equal(Buffer.from(await passwordOf(), "base64").toString(), password);
    await assertPinsKept(3);
  });

  it("is reached at its load balancer's address", async () => {
    await stack.configure({ serviceType: "LoadBalancer", proof: { enabled: false } });
    const [{ status: node }] = (await kube.core.listNode()).items as [{ status?: { addresses?: { address: string }[] } }];
    const ip = node?.addresses?.[0]?.address ?? "";
    // Stands in for a load balancer's controller: kube-proxy takes what comes for the address that it names.
    const ended = new AbortController();
    const addressGiven = waitFor(
      { subject: "the load balancer", limitMs: 300_000, intervalMs: 200, signal: ended.signal },
      async () => {
        const { spec } = await kube.core.readNamespacedService({ namespace, name: "plano" });
        if (spec?.type !== "LoadBalancer") return undefined;
        const body = { status: { loadBalancer: { ingress: [{ ip }] } } };
        return kube.core.patchNamespacedServiceStatus({ namespace, name: "plano", body }, await patchOf("merge"));
      },
    );
    const [output] = await Promise.all([stack.up().finally(() => ended.abort()), addressGiven]);
    const gateway = await stack.output<string>("gatewayUrl");
    assert.equal(gateway, `http://${ip}:12000`);
    assert.equal((await fetch(`${gateway}/healthz`)).status, 200);
    assert.doesNotMatch(output, /does not answer from here/);
  });

  it("has the name of its Ingress, and says that nothing answers there yet", async () => {
    await stack.configure({ serviceType: "ClusterIP", ingress: { kind: "Ingress", host: "llm.invalid", tlsSecret: "llm-tls" } });
    const output = await stack.up();
    assert.equal(await stack.output<string>("gatewayUrl"), "https://llm.invalid");
    assert.match(output, /gatewayUrl: https:\/\/llm\.invalid does not answer from here: host name not found/);
  });

  it("is reached through a tunnel where nothing else leads to it, and says how", async () => {
    await stack.configure({ ingress: undefined });
    await stack.up();
    assert.equal(await stack.output<string>("gatewayUrl"), "http://localhost:12000");
    assert.match(
      await stack.output<string>("gatewayHint"),
      /^kubectl --kubeconfig \S+ --namespace plano-demo port-forward service\/plano 12000:12000$/,
    );
  });

  it("is taken down without its cluster, and forgets what was proved", async () => {
    const { uid } = (await kube.core.readNode({ name: "node" })).metadata ?? {};
    const { code, output } = await stack.down();
    assert.equal(code, 0, output);
    await assert.rejects(kube.core.readNamespace({ name: namespace }), { code: 404 });
    assert.equal((await kube.core.readNode({ name: "node" })).metadata?.uid, uid);
    assert.deepEqual((await kube.core.listPersistentVolume()).items, []);
    assert.deepEqual(Object.keys(JSON.parse(await stack.must("stack", "output", "--json")) as object), ["kubeconfig"]);
  });

  it("is brought back on the same cluster", async () => {
    await stack.configure({ serviceType: undefined, proof: undefined, minReplicas: undefined });
    const output = await stack.up();
    assert.match(output, /Affinity: pass/);
    assert.doesNotMatch(output, /dynamic:Resource cluster/);
    assert.equal(await stack.output<string>("gatewayHint"), "");
    assert.doesNotMatch(output, /warning:/);
  });

  it("leaves nothing when it is destroyed", async () => {
    await stack.destroy();
    assert.deepEqual(await machineState(), untouched);
  });
});
