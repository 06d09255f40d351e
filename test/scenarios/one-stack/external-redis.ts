import { strict as assert } from "node:assert";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeAuthority } from "../../../lib/testing/certificates";
import { waitFor } from "../../../lib/wait";
import { skipBecause, stepByStep } from "../../../lib/testing/skip";
import { findProcess } from "../../../sandbox/lifecycle/node-process";
import { sandboxFolder } from "../../../sandbox/lifecycle/registry";
import { hasWayOut } from "../../../sandbox/lifecycle/way-out";
import { freePort, redisServer } from "../../../standin/testing/redis";
import type { StartedProcess } from "../../../standin/testing/process";
import { connect, type KubeClients, namespace, podNames, podsOf } from "../../stacks/kube";
import { ownAddress } from "../../stacks/machine";
import type { TestStack } from "../../stacks/stack";

const password = "of-its-own";
const wrongPassword = /redisUrl: the Redis at [\d.]+:\d+ refuses the user or password of the URL/;

/** A Redis of this machine's, with TLS and a certificate of an authority of its own, which the stack does not know but for its URL. */
export function externalRedis(theStack: () => TestStack): void {
  describe("a stack on a sandbox with a Redis of its user's", function () {
    stepByStep(this);
    let stack: TestStack;
    let kube: KubeClients;
    let redis: StartedProcess<true> | undefined;
    let at: string;

    before(async function () {
      const address = ownAddress() ?? skipBecause(this, "this machine has no address but loopback, which pods cannot reach");
      stack = theStack();
      kube = await connect(stack);
      const port = await freePort(address);
      const authority = await makeAuthority();
      const { key, cert } = await authority.issue(address);
      for (const [name, pem] of Object.entries({ key, cert, ca: authority.cert })) await writeFile(file(name), pem);
      const tls = [`tls-port ${port}`, `tls-cert-file ${file("cert")}`, `tls-key-file ${file("key")}`, "tls-auth-clients no"];
      redis = await redisServer([`bind ${address}`, "port 0", ...tls, `requirepass ${password}`, "timeout 3600"]);
      at = `${address}:${port}`;
    });

    after(async () => {
      await stack.configure({ redisUrl: undefined, caBundle: undefined });
      await redis?.stop("SIGKILL");
    });

    const urlWith = (secret: string): string => `rediss://:${secret}@${at}/2`;
    const file = (name: string): string => join(stack.folder, `${name}.pem`);

    it("says that its certificate is of an authority that is not known", async () => {
      await stack.setSecret("redisUrl", urlWith(password));
      assert.match(await stack.upFails(), /redisUrl: the Redis at \S+ shows a TLS certificate that is not trusted/);
      await stack.configure({ caBundle: file("ca") });
    });

    it("says in two lines that the password is wrong, and leaves the gateway as it was", async () => {
      const before = await podNames(kube, "plano");
      await stack.setSecret("redisUrl", urlWith("wrong-one"));
      const output = await stack.upFails();
      assert.match(output, wrongPassword);
      assert.match(output, /→ write redis:\/\/user:password@host, .*pulumi config set --secret redisUrl/);
      assert.doesNotMatch(output, /wrong-one/);
      assert.deepEqual(await podNames(kube, "plano"), before);
      assert.equal(await redisUrlOfGateways(), undefined);
    });

    it("moves its pins there, proves affinity with them, and runs no Redis", async () => {
      await stack.setSecret("redisUrl", urlWith(password));
      const output = await stack.up();
      const affinity = await stack.affinity();
      assert.deepEqual([affinity.verdict, affinity.checks.find(({ id }) => id === "redis")?.verdict], ["pass", "pass"]);
      const items = await podsOf(kube, "redis");
      assert.equal(items.filter(({ metadata }) => metadata?.deletionTimestamp === undefined).length, 0);
      assert.match(output, /redisUrl: the Redis closes connections that are idle for 3600 s: /);
      assert.doesNotMatch(output, new RegExp(password));
    });

    it("is read by a verifier in the cluster, which trusts the same authority", async () => {
      const image = (await podsOf(kube, "plano"))[0]?.spec?.containers[0]?.image ?? "";
      const { report } = await stack.verify(["--namespace", namespace, "--in-cluster=apply", "--image", image], 0);
      assert.equal((await report()).checks.find(({ id }) => id === "redis")?.verdict, "pass");
    });

    it("keeps a URL from the gateway whose Redis was not found fit, also from a replica that starts later", async () => {
      await stack.setSecret("redisUrl", urlWith("wrong-two"));
      assert.match(await stack.upFails(), wrongPassword);
      assert.equal(await redisUrlOfGateways(), urlWith(password));
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
      await stack.setSecret("redisUrl", urlWith(password));
      const output = await stack.up();
      assert.doesNotMatch(output, /external-redis-check/);
      assert.match(output, /Affinity: pass/);
    });

    it("has its way out again after the node was started again, and none when nothing lies outside", async () => {
      assert.equal(await hasWayOut(stack.name), true);
      const pid = await findProcess(sandboxFolder(stack.name));
      assert.ok(pid !== undefined);
      process.kill(pid, "SIGKILL");
      await waitFor(
        { subject: "the end of the way out", limitMs: 60_000 },
        async () => !(await hasWayOut(stack.name)) || undefined,
      );
      assert.match(await stack.up(), /Affinity: pass/);
      assert.equal(await hasWayOut(stack.name), true);
      await stack.configure({ redisUrl: undefined });
      assert.match(await stack.up(), /Affinity: pass/);
      assert.equal(await hasWayOut(stack.name), false);
    });

    /** What a container of the gateway's that starts now would read. */
    async function redisUrlOfGateways(): Promise<string | undefined> {
      const { data } = await kube.core.readNamespacedSecret({ namespace, name: "plano-secrets" });
      const url = data?.["REDIS_URL"];
      return url === undefined ? undefined : Buffer.from(url, "base64").toString();
    }
  });
}
