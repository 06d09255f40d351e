import { strict as assert } from "node:assert";
import { waitFor } from "../../../lib/wait";
import { stepByStep } from "../../../lib/testing/skip";
import { connect, type KubeClients, namespace, podNames, podsOf } from "../../stacks/kube";
import type { TestStack } from "../../stacks/stack";

const password = "of-its-own";
const nodePort = 31_379;
const wrongPassword = /redisUrl: the Redis at \S+:31379 refuses the user or password of the URL/;

/** A Redis that the stack did not make, and does not know but for its URL. */
export function externalRedis(theStack: () => TestStack): void {
  describe("a stack on a sandbox with a Redis of its user's", function () {
    stepByStep(this);
    let stack: TestStack;
    let kube: KubeClients;

    before(async () => {
      stack = theStack();
      kube = await connect(stack);
      await runRedis();
    });

    after(() => stack.configure({ redisUrl: undefined }));

    const urlWith = async (secret: string): Promise<string> => {
      const { hostname } = new URL(await stack.output<string>("gatewayUrl"));
      return `redis://:${secret}@${hostname}:${nodePort}/2`;
    };

    it("says in two lines that the password is wrong, and leaves the gateway as it was", async () => {
      const before = await podNames(kube, "plano");
      await stack.setSecret("redisUrl", await urlWith("wrong-one"));
      const output = await stack.upFails();
      assert.match(output, wrongPassword);
      assert.match(output, /→ write redis:\/\/user:password@host, .*pulumi config set --secret redisUrl/);
      assert.doesNotMatch(output, /wrong-one/);
      assert.deepEqual(await podNames(kube, "plano"), before);
      assert.equal(await redisUrlOfGateways(), undefined);
    });

    it("moves its pins there, proves affinity with them, and runs no Redis", async () => {
      await stack.setSecret("redisUrl", await urlWith(password));
      const output = await stack.up();
      const affinity = await stack.affinity();
      assert.deepEqual([affinity.verdict, affinity.checks.find(({ id }) => id === "redis")?.verdict], ["pass", "pass"]);
      const items = await podsOf(kube, "redis");
      assert.equal(items.filter(({ metadata }) => metadata?.deletionTimestamp === undefined).length, 0);
      assert.doesNotMatch(output, new RegExp(password));
    });

    it("keeps a URL from the gateway whose Redis was not found fit, also from a replica that starts later", async () => {
      await stack.setSecret("redisUrl", await urlWith("wrong-two"));
      assert.match(await stack.upFails(), wrongPassword);
      assert.equal(await redisUrlOfGateways(), await urlWith(password));
      const [oldest = ""] = await podNames(kube, "plano");
      await kube.core.deleteNamespacedPod({ namespace, name: oldest });
      await waitFor({ subject: `a replica in the place of ${oldest}`, limitMs: 120_000 }, async () => {
        const { status } = await kube.apps.readNamespacedDeployment({ namespace, name: "plano" });
        const seen = `${status?.readyReplicas ?? 0} of ${status?.replicas ?? 0} ready`;
        const isWhole = (status?.replicas ?? 0) >= 2 && status?.readyReplicas === status?.replicas;
        if (!isWhole || (await podNames(kube, "plano")).includes(oldest)) throw new Error(seen);
        return true;
      });
    });

    it("needs no new check for the URL that it has", async () => {
      await stack.setSecret("redisUrl", await urlWith(password));
      const output = await stack.up();
      assert.doesNotMatch(output, /external-redis-check/);
      assert.match(output, /Affinity: pass/);
    });

    /** What a container of the gateway's that starts now would read. */
    async function redisUrlOfGateways(): Promise<string | undefined> {
      const { data } = await kube.core.readNamespacedSecret({ namespace, name: "plano-secrets" });
      const url = data?.["REDIS_URL"];
      return url === undefined ? undefined : Buffer.from(url, "base64").toString();
    }

    /** Runs a Redis in another namespace, on a port of the node: the pods and this machine reach it by the same address. */
    async function runRedis(): Promise<void> {
      const image = (await podsOf(kube, "redis"))[0]?.spec?.containers[0]?.image;
      const metadata = { name: "cache", namespace: "elsewhere", labels: { of: "the-user" } };
      const at = { namespace: metadata.namespace };
      await kube.core.createNamespace({ body: { metadata: { name: metadata.namespace } } });
      const command = ["redis-server", "--requirepass", password, "--save", ""];
      const containers = [{ name: "redis", image, command, imagePullPolicy: "IfNotPresent" }];
      await kube.core.createNamespacedPod({ ...at, body: { metadata, spec: { containers } } });
      const spec = { type: "NodePort", selector: metadata.labels, ports: [{ port: 6379, nodePort }] };
      await kube.core.createNamespacedService({ ...at, body: { metadata, spec } });
      await waitFor({ subject: "the user's Redis", limitMs: 60_000, intervalMs: 200 }, async () => {
        const { status } = await kube.core.readNamespacedPod({ ...at, name: "cache" });
        return status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") === true || undefined;
      });
    }
  });
}
