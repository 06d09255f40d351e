import assert from "node:assert/strict";
import { otherClients } from "./redis-clients";

describe("the clients of Redis", () => {
  // As Redis 7.0 prints them.
  const line = (id: number, name: string): string =>
    `id=${id} addr=10.0.0.${id}:41372 laddr=10.0.0.9:6379 fd=8 name=${name} age=5 idle=0 flags=N db=0 cmd=client|list user=default`;

  it("are read by their ids, without the verifier's own connections", () => {
    const list = `${[line(3, ""), line(4, "plano-affinity-verify"), line(15, "other")].join("\n")}\n`;
    assert.deepEqual(otherClients(list), ["3", "15"]);
  });

  it("are none in an empty list", () => {
    assert.deepEqual(otherClients("\n"), []);
  });
});
