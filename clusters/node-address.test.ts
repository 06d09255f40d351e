import assert from "node:assert/strict";
import { createServer, type AddressInfo } from "node:net";
import { answeringNode, answers, candidates } from "./node-address";

const node = (...addresses: readonly (readonly [string, string])[]) => ({
  status: { addresses: addresses.map(([type, address]) => ({ type, address })) },
});
const nodes = [
  node(["InternalIP", "10.0.0.1"], ["Hostname", "a"]),
  node(["InternalIP", "10.0.0.2"], ["ExternalIP", "203.0.113.2"]),
];

describe("a node that answers", () => {
  const search = (answering: readonly string[], listNodes = async () => nodes) =>
    answeringNode("", 32_000, { listNodes, answers: async (host, port) => port === 32_000 && answering.includes(host) });

  it("is looked for outside first", () => {
    assert.deepEqual(candidates(nodes), ["203.0.113.2", "10.0.0.1", "10.0.0.2"]);
    assert.deepEqual(candidates([{}, node(["Hostname", "a"])]), []);
  });

  it("is the first that takes connections", async () => {
    assert.equal(await search(["10.0.0.2", "203.0.113.2"]), "203.0.113.2");
    assert.equal(await search(["10.0.0.2"]), "10.0.0.2");
  });

  it("is none where none answers, and where the account may not list nodes", async () => {
    assert.equal(await search([]), undefined);
    assert.equal(await search(["10.0.0.1"], () => Promise.reject(new Error("nodes is forbidden"))), undefined);
  });

  it("takes connections for real, or not", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    assert.equal(await answers("127.0.0.1", port), true);
    await new Promise((resolve) => server.close(resolve));
    assert.equal(await answers("127.0.0.1", port), false);
  });
});
