import assert from "node:assert/strict";
import { createServer } from "node:net";
import { answeringNode } from "./node-address";
import { FakeApiServer } from "../lib/kubernetes/testing/fake-api-server";
import { listening } from "../lib/testing/listening";
import { skipBecause } from "../lib/testing/skip";

const node = (...addresses: readonly (readonly [type: string, address: string])[]) => ({
  status: { addresses: addresses.map(([type, address]) => ({ type, address })) },
});

describe("a node that answers", () => {
  it("is the first that takes connections, those for outside first; none where the account may not list nodes", async function () {
    if (process.platform === "darwin") skipBecause(this, "only 127.0.0.1 is this machine's own address here");
    await using api = await FakeApiServer.start();
    // Every address of 127.0.0.0/8 is this machine's own; the server listens at two of them.
    await using server = await listening(createServer(), 0, "127.0.0.2");
    const { port } = server;
    await using _ = await listening(createServer(), port, "127.0.0.3");
    const found = (...items: object[]): Promise<string | undefined> => {
      api.answers.set("/api/v1/nodes", { items });
      return answeringNode(api.kubeconfig(), port);
    };
    const inside = node(["InternalIP", "127.0.0.2"], ["Hostname", "127.0.0.3"]);
    assert.equal(await found(inside, node(["InternalIP", "127.0.0.1"], ["ExternalIP", "127.0.0.3"])), "127.0.0.3");
    assert.equal(await found(inside, node(["ExternalIP", "127.0.0.1"])), "127.0.0.2");
    assert.equal(await found({}, node(["Hostname", "127.0.0.2"], ["InternalIP", "127.0.0.1"])), undefined);
    api.answers.set("/api/v1/nodes", 403);
    assert.equal(await answeringNode(api.kubeconfig(), port), undefined);
  });
});
