import assert from "node:assert/strict";
import { loadClientNode } from "../lib/kubernetes/client-node";
import { FakeApiServer } from "../lib/kubernetes/testing/fake-api-server";
import { answeringNode } from "./node-address";

describe("looking for a node that answers", function () {
  // Under the limit of the API's client.
  this.timeout(9_000);

  before("it is loaded", async function () {
    this.timeout(60_000);
    await loadClientNode();
  });

  it("ends when its patience does, although the API server says nothing", async () => {
    await using fake = await FakeApiServer.start();
    fake.respond = () => "hang";
    assert.equal(await answeringNode(fake.kubeconfig(), 1, 2_000), undefined);
    assert.equal(fake.requests.length, 1);
  });
});
