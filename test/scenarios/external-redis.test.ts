import { strict as assert } from "node:assert";
import { setTimeout as delay } from "node:timers/promises";
import { waitFor } from "../../lib/wait";
import { skipBecause, stepByStep } from "../../lib/testing/skip";
import { connect, type KubeClients } from "../stacks/kube";
import { removeLeftovers } from "../stacks/leftovers";
import { TestStack } from "../stacks/stack";

const password = "of-its-own";
const nodePort = 31_379;

/** A Redis that the stack did not make, and does not know but for its URL. */
describe("a stack on a sandbox with a Redis of its user's", function () {
  stepByStep(this);
  let stack: TestStack;
  let kube: KubeClients;

  before(async function () {
    if (process.platform !== "linux" || process.getuid?.() !== 0) skipBecause(this, "the sandbox needs Linux and root");
    await removeLeftovers();
    stack = await TestStack.create("e2e-external-redis", { proof: { enabled: false } });
    await stack.must(["up", "--yes", "--skip-preview"]);
    kube = await connect(stack);
    await runRedis();
  });

  after(async () => {
    await stack?.[Symbol.asyncDispose]();
  });

  const urlWith = async (secret: string): Promise<string> => {
    const { hostname } = new URL(await stack.output<string>("gatewayUrl"));
    return `redis://:${secret}@${hostname}:${nodePort}/2`;
  };

  it("says in two lines that the password is wrong, and leaves the gateway as it was", async () => {
    const before = await gatewayPods();
    await stack.must(["config", "set", "--secret", "redisUrl", await urlWith("wrong-one")]);
    const { code, output } = await stack.pulumi(["up", "--yes", "--skip-preview"]);
    assert.notEqual(code, 0, output);
    assert.match(output, /redisUrl: the Redis at \S+:31379 refuses the user or password of the URL/);
    assert.match(output, /→ correct them; .*pulumi config set --secret redisUrl/);
    assert.doesNotMatch(output, /wrong-one/);
    assert.deepEqual(await gatewayPods(), before);
    assert.equal(await redisUrlOfGateways(), undefined);
  });

  it("moves its pins there, proves affinity with them, and runs no Redis", async () => {
    await stack.configure({ proof: { enabled: true } });
    await stack.must(["config", "set", "--secret", "redisUrl", await urlWith(password)]);
    const { code, output } = await stack.pulumi(["up", "--yes", "--skip-preview"]);
    assert.equal(code, 0, output);
    const affinity = await stack.output<{ verdict: string; checks: { id: string; verdict: string }[] }>("affinity");
    assert.deepEqual([affinity.verdict, affinity.checks.find(({ id }) => id === "redis")?.verdict], ["pass", "pass"]);
    const { items } = await kube.core.listNamespacedPod({ namespace: "plano-demo", labelSelector: "app=redis" });
    assert.deepEqual(items.filter(({ metadata }) => metadata?.deletionTimestamp === undefined).length, 0);
    assert.doesNotMatch(output, new RegExp(password));
  });

  it("keeps a URL from the gateway whose Redis was not found fit, also from a replica that starts later", async () => {
    await stack.must(["config", "set", "--secret", "redisUrl", await urlWith("wrong-two")]);
    const { code, output } = await stack.pulumi(["up", "--yes", "--skip-preview"]);
    assert.notEqual(code, 0, output);
    assert.match(output, /redisUrl: the Redis at \S+:31379 refuses the user or password of the URL/);
    assert.equal(await redisUrlOfGateways(), await urlWith(password));
    const [oldest = ""] = await gatewayPods();
    await kube.core.deleteNamespacedPod({ namespace: "plano-demo", name: oldest });
    await waitFor({ subject: `a replica in the place of ${oldest}`, limitMs: 120_000 }, async () => {
      const { status } = await kube.apps.readNamespacedDeployment({ namespace: "plano-demo", name: "plano" });
      const seen = `${status?.readyReplicas ?? 0} of ${status?.replicas ?? 0} ready`;
      const isWhole = (status?.replicas ?? 0) >= 2 && status?.readyReplicas === status?.replicas;
      if (!isWhole || (await gatewayPods()).includes(oldest)) throw new Error(seen);
      return true;
    });
  });

  it("needs no new check for the URL that it has", async () => {
    await stack.must(["config", "set", "--secret", "redisUrl", await urlWith(password)]);
    const { code, output } = await stack.pulumi(["up", "--yes", "--skip-preview"]);
    assert.equal(code, 0, output);
    assert.doesNotMatch(output, /external-redis-check/);
    assert.match(output, /Affinity: pass/);
  });

  /** What a container of the gateway's that starts now would read. */
  async function redisUrlOfGateways(): Promise<string | undefined> {
    const { data } = await kube.core.readNamespacedSecret({ namespace: "plano-demo", name: "plano-secrets" });
    const url = data?.["REDIS_URL"];
    return url === undefined ? undefined : Buffer.from(url, "base64").toString();
  }

  async function gatewayPods(): Promise<string[]> {
    const { items } = await kube.core.listNamespacedPod({ namespace: "plano-demo", labelSelector: "app=plano" });
    return items.map(({ metadata }) => metadata?.name ?? "").sort();
  }

  /** Runs a Redis in another namespace, on a port of the node: the pods and this machine reach it by the same address. */
  async function runRedis(): Promise<void> {
    const { items } = await kube.core.listNamespacedPod({ namespace: "plano-demo", labelSelector: "app=redis" });
    const image = items[0]?.spec?.containers[0]?.image;
    const metadata = { name: "cache", namespace: "elsewhere", labels: { of: "the-user" } };
    await kube.core.createNamespace({ body: { metadata: { name: metadata.namespace } } });
    const command = ["redis-server", "--requirepass", password, "--save", ""];
    await kube.core.createNamespacedPod({
      namespace: metadata.namespace,
      body: { metadata, spec: { containers: [{ name: "redis", image, command, imagePullPolicy: "IfNotPresent" }] } },
    });
    await kube.core.createNamespacedService({
      namespace: metadata.namespace,
      body: { metadata, spec: { type: "NodePort", selector: metadata.labels, ports: [{ port: 6379, nodePort }] } },
    });
    for (const end = Date.now() + 60_000; Date.now() < end; await delay(200)) {
      const { status } = await kube.core.readNamespacedPod({ name: "cache", namespace: metadata.namespace });
      if (status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True")) return;
    }
    throw new Error("waited 60 s for the user's Redis");
  }
});
