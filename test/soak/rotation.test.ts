import { strict as assert } from "node:assert";
import type { Report } from "../../verify";
import { connect, type KubeClients, namespace } from "../stacks/kube";
import { stackOfSuite } from "../stacks/stack";

describe("a Redis of three on a sandbox, whose password is changed", () => {
  const theStack = stackOfSuite("e2e-rotation", { redisReplicas: 3 });
  let kube: KubeClients;

  before(async () => {
    await theStack().up();
    kube = await connect(theStack());
  });

  it("takes a new password, and keeps the pins", async () => {
    const verify = async (): Promise<Report> =>
      (await theStack().verify(["--namespace", namespace, "--session-prefix", "rotation-"], 0)).report();
    const proxies = async (): Promise<(string | undefined)[]> =>
      (await kube.core.listNamespacedPod({ namespace, labelSelector: "app=redis-proxy" })).items.map((it) => it.metadata?.uid);
    const [begun, old] = [await verify(), await proxies()];
    await theStack().setSecret("redisPassword", "ANewPasswordOfTheTests1");
    await theStack().up();
    const after = await verify();
    assert.deepEqual(
      after.sessions.map(({ id, model }) => [id, model]),
      begun.sessions.map(({ id, model }) => [id, model]),
    );
    assert.match(after.checks.find(({ id }) => id === "pinning")?.summary ?? "", /were pinned before this run/);
    const left = (await proxies()).filter((uid) => old.includes(uid));
    assert.deepEqual(left, [], "proxies that log in with the old password");
  });
});
