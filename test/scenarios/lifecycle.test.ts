import type { AutoscalingV2Api, V2HorizontalPodAutoscaler } from "@kubernetes/client-node";
import { strict as assert } from "node:assert";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Report } from "../../verify";
import { waitFor } from "../../lib/wait";
import { skipBecause, stepByStep } from "../../lib/testing/skip";
import { connect, type KubeClients } from "../stacks/kube";
import { removeLeftovers } from "../stacks/leftovers";
import { Load } from "../stacks/load";
import { type MachineState, machineState } from "../stacks/machine";
import { runProcess, TestStack } from "../stacks/stack";

const name = "e2e-lifecycle";
const namespace = "plano-demo";

/** One stack that is scaled, reached in several ways, and left; each test goes on where the one before ended. */
describe("a stack's life on a sandbox", function () {
  stepByStep(this);
  let untouched: MachineState;
  let stack: TestStack;
  let kube: KubeClients;
  let autoscaling: AutoscalingV2Api;
  let env: NodeJS.ProcessEnv;
  let begun: Report;

  before(async function () {
    if (process.platform !== "linux" || process.getuid?.() !== 0) skipBecause(this, "the sandbox needs Linux and root");
    await removeLeftovers();
    untouched = await machineState();
    // Less than the usual target: other work on the machine must not decide whether the load is enough.
    stack = await TestStack.create(name, { cpuTarget: 20, jaegerStorage: "1Gi" });
    await stack.must(["up", "--yes", "--skip-preview"]);
    kube = await connect(stack);
    const client = await import("@kubernetes/client-node");
    autoscaling = kube.config.makeApiClient(client.AutoscalingV2Api);
    const kubeconfig = join(stack.folder, "kubeconfig");
    await writeFile(kubeconfig, await stack.output<string>("kubeconfig"), { mode: 0o600 });
    env = { ...process.env, KUBECONFIG: kubeconfig, NO_COLOR: "1" };
    begun = await verify(["--sessions", "8", "--session-prefix", "lifecycle-"]);
    assert.equal(new Set(begun.sessions.map(({ model }) => model)).size, 2, "the sessions are pinned to both models");
  });

  after(async () => {
    await stack?.[Symbol.asyncDispose]();
  });

  async function verify(args: readonly string[]): Promise<Report> {
    const path = join(stack.folder, "report.json");
    const command = ["commands/bootstrap/run.mjs", "verify", "--namespace", namespace, ...args, "--report", `json=${path}`];
    const { code, output } = await runProcess(process.execPath, command, env);
    assert.equal(code, 0, output);
    return JSON.parse(await readFile(path, "utf8")) as Report;
  }

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

  const autoscaler = (): Promise<V2HorizontalPodAutoscaler> =>
    autoscaling.readNamespacedHorizontalPodAutoscaler({ namespace, name: "plano" });

  async function replicasBecome(wanted: number, limitSeconds: number): Promise<void> {
    let seen = "";
    for (const end = Date.now() + limitSeconds * 1_000; Date.now() < end; await new Promise((done) => setTimeout(done, 500))) {
      const [{ status }, { status: scaling }] = [
        await kube.apps.readNamespacedDeployment({ namespace, name: "plano" }),
        await autoscaler(),
      ];
      seen = `${status?.readyReplicas ?? 0} of ${status?.replicas ?? 0} ready, ${JSON.stringify(scaling?.currentMetrics ?? [])}`;
      if (status?.readyReplicas === wanted && status.replicas === wanted) return;
    }
    throw new Error(`waited ${limitSeconds} s for ${wanted} replicas; last seen: ${seen}`);
  }

  it("grows from two to five replicas by load, which honour old pins, and up leaves their number alone", async () => {
    const gateway = await stack.output<string>("gatewayUrl");
    {
      await using load = new Load(new URL("/v1/chat/completions", gateway), 12);
      await replicasBecome(5, 200);
      assert.deepEqual([...load.failures], []);
      assert.ok(load.answered > 1_000, `${load.answered} requests were answered`);
    }
    await assertPinsKept(5);
    const { code, output } = await stack.pulumi(["up", "--yes", "--skip-preview"]);
    assert.equal(code, 0, output);
    assert.match(output, /Resources:\s+\d+ unchanged\s/);
    assert.equal((await kube.apps.readNamespacedDeployment({ namespace, name: "plano" })).spec?.replicas, 5);
  });

  it("shrinks to two when the load is gone, and loses no pin", async () => {
    const client = await import("@kubernetes/client-node");
    await autoscaling.patchNamespacedHorizontalPodAutoscaler(
      // The usual five minutes of patience are the autoscaler's, not ours to test.
      { namespace, name: "plano", body: { spec: { behavior: { scaleDown: { stabilizationWindowSeconds: 0 } } } } },
      client.setHeaderOptions("Content-Type", client.PatchStrategy.StrategicMergePatch),
    );
    await replicasBecome(2, 120);
    await assertPinsKept(2);
  });

  it("grows to three by minReplicas, and the third honours old pins", async () => {
    await stack.configure({ minReplicas: 3 });
    const { code, output } = await stack.pulumi(["up", "--yes", "--skip-preview"]);
    assert.equal(code, 0, output);
    await assertPinsKept(3);
    const { checks } = await verify(["--checks", "scale", "--yes"]);
    assert.equal(checks.find(({ id }) => id === "scale")?.verdict, "pass");
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
    const podOf = async (): Promise<string> =>
      (await kube.core.listNamespacedPod({ namespace, labelSelector: "app=jaeger" })).items[0]?.metadata?.name ?? "";
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
    await stack.must(["config", "set", "--secret", "redisPassword", password]);
    const { code, output } = await stack.pulumi(["up", "--yes", "--skip-preview"]);
    assert.equal(code, 0, output);
    assert.ok(!output.includes(password));
    assert.notEqual(await passwordOf(), before);
    assert.equal(Buffer.from(await passwordOf(), "base64").toString(), password);
    await assertPinsKept(3);
  });

  it("is reached at its load balancer's address", async () => {
    await stack.configure({ serviceType: "LoadBalancer", proof: { enabled: false } });
    const [{ status: node }] = (await kube.core.listNode()).items as [{ status?: { addresses?: { address: string }[] } }];
    const ip = node?.addresses?.[0]?.address ?? "";
    let given = false;
    const client = await import("@kubernetes/client-node");
    // Stands in for a load balancer's controller: kube-proxy takes what comes for the address that it names.
    const giveAddress = async (): Promise<void> => {
      while (!given) {
        const { spec } = await kube.core.readNamespacedService({ namespace, name: "plano" });
        if (spec?.type === "LoadBalancer") {
          await kube.core.patchNamespacedServiceStatus(
            { namespace, name: "plano", body: { status: { loadBalancer: { ingress: [{ ip }] } } } },
            client.setHeaderOptions("Content-Type", client.PatchStrategy.MergePatch),
          );
          given = true;
        }
        await new Promise((done) => setTimeout(done, 200));
      }
    };
    const [{ code, output }] = await Promise.all([
      stack.pulumi(["up", "--yes", "--skip-preview"]).finally(() => (given = true)),
      giveAddress(),
    ]);
    assert.equal(code, 0, output);
    const gateway = await stack.output<string>("gatewayUrl");
    assert.equal(gateway, `http://${ip}:12000`);
    assert.equal((await fetch(`${gateway}/healthz`)).status, 200);
    assert.doesNotMatch(output, /does not answer from here/);
  });

  it("has the name of its Ingress, and says that nothing answers there yet", async () => {
    await stack.configure({ serviceType: "ClusterIP", ingress: { kind: "Ingress", host: "llm.invalid", tlsSecret: "llm-tls" } });
    const { code, output } = await stack.pulumi(["up", "--yes", "--skip-preview"]);
    assert.equal(code, 0, output);
    assert.equal(await stack.output<string>("gatewayUrl"), "https://llm.invalid");
    assert.match(output, /gatewayUrl: https:\/\/llm\.invalid does not answer from here: getaddrinfo/);
  });

  it("names the definition that an HTTPRoute lacks", async () => {
    await stack.configure({ ingress: { kind: "HTTPRoute", host: "llm.invalid", gateway: "infra/public" } });
    const { code, output } = await stack.pulumi(["up", "--yes", "--skip-preview"]);
    assert.notEqual(code, 0);
    assert.match(output, /does not know gateway\.networking\.k8s\.io\/v1 HTTPRoute; is its CustomResourceDefinition installed\?/);
  });

  it("is reached through a tunnel where nothing else leads to it, and says how", async () => {
    await stack.configure({ ingress: undefined });
    const { code, output } = await stack.pulumi(["up", "--yes", "--skip-preview"]);
    assert.equal(code, 0, output);
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
    assert.deepEqual(Object.keys(JSON.parse(await stack.must(["stack", "output", "--json"])) as object), ["kubeconfig"]);
  });

  it("is brought back on the same cluster", async () => {
    await stack.configure({ serviceType: undefined, proof: undefined, minReplicas: undefined });
    const { code, output } = await stack.pulumi(["up", "--yes", "--skip-preview"]);
    assert.equal(code, 0, output);
    assert.match(output, /Affinity: pass/);
    assert.doesNotMatch(output, /dynamic:Resource cluster/);
    assert.equal(await stack.output<string>("gatewayHint"), "");
    assert.doesNotMatch(output, /warning:/);
  });

  it("leaves nothing when it is destroyed", async () => {
    const { code, output } = await stack.pulumi(["destroy", "--yes", "--skip-preview"]);
    assert.equal(code, 0, output);
    assert.deepEqual(await machineState(), untouched);
  });
});
