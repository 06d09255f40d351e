import assert from "node:assert/strict";
import { KindMachine, ownPorts } from "./kind-machine";

describe("an image for a kind cluster, with recording stand-ins for kind and docker", function () {
  this.timeout(60_000);

  const inputs = { cluster: "demo", reference: "plano-affinity/standin:abc" };
  const load = "kind load docker-image plano-affinity/standin:abc --name demo";
  const node = { cluster: "demo", id: "one", running: true, ports: ownPorts };
  const platform = `linux/${process.arch === "arm64" ? "arm64" : "amd64"}`;
  const around = [
    load,
    `docker image save --platform ${platform} --output TMP/image.tar plano-affinity/standin:abc`,
    "kind load image-archive TMP/image.tar --name demo",
  ];
  const digestMissing =
    'ERROR: failed to load image: command "docker exec … ctr images import -" failed with error: exit status 1\n' +
    "Command Output: ctr: content digest sha256:82014a3cbf22: not found";

  it("is loaded from the local Docker, without a registry", async () => {
    await using machine = await KindMachine.make([node]);
    const { code, outputs } = await machine.operate("load-image", inputs);
    assert.deepEqual([code, outputs, await machine.commands()], [0, {}, [load]]);
  });

  it("is loaded as a single platform where Docker's store keeps several", async () => {
    await using machine = await KindMachine.make([node]);
    await machine.set({ faults: { "kind load": { says: digestMissing, times: 1 } } });
    assert.equal((await machine.operate("load-image", inputs)).code, 0);
    assert.deepEqual(await machine.commands(), around);
  });

  it("that fails that way too says why", async () => {
    await using machine = await KindMachine.make([node]);
    await machine.set({
      faults: { "kind load": { says: digestMissing, times: 1 }, "docker image": { says: "no space left on device" } },
    });
    const failed = await machine.operate("load-image", inputs);
    assert.equal(failed.code, 1);
    assert.match(
      failed.message,
      /^cluster: kind could not load plano-affinity\/standin:abc into the cluster demo: the disk is full where Docker/,
    );
  });

  for (const [says, message] of [
    [
      'ERROR: image: "plano-affinity/standin:abc" not present locally',
      "image: plano-affinity/standin:abc is not in the local Docker any more.\n  → pulumi up --refresh builds it again, and loads it",
    ],
    ['ERROR: no nodes found for cluster "demo"', "cluster: the kind cluster demo is gone.\n  → run again to make another"],
  ] as const) {
    it(`that cannot be loaded says what helps: ${says}`, async () => {
      await using machine = await KindMachine.make([node]);
      await machine.set({ faults: { "kind load": { says } } });
      const failed = await machine.operate("load-image", inputs);
      assert.deepEqual([failed.code, failed.message, await machine.commands()], [1, message, [load]]);
    });
  }
});
