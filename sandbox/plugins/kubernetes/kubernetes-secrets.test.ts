import assert from "node:assert/strict";
import { diffObjects } from "./diff";
import { liveInputs, outputsOf, withEncodedData } from "./outputs";
import { KubernetesProvider } from "./provider";
import { parseSettings } from "./settings";
import { formatPath, secret, UNKNOWN, type PropertyMap } from "../rpc/properties";

const identity = { apiVersion: "v1", kind: "Secret", metadata: { name: "s", namespace: "demo" } };
const base64 = (text: string) => Buffer.from(text).toString("base64");
const settings = { ...parseSettings({}, {}), enableSecretMutable: true };

/** What the engine is given for a program's Secret. */
async function checked(program: PropertyMap): Promise<PropertyMap> {
  const request = { urn: "urn", name: "s", oldInputs: {}, randomSeed: new Uint8Array() };
  const newInputs = { ...identity, ...program };
  return (await new KubernetesProvider().check({ ...request, type: "kubernetes:core/v1:Secret", newInputs })).inputs;
}

describe("plugins: a Secret's stringData", () => {
  it("becomes data, encoded and secret, and wins over data; what is unknown stays so", async () => {
    for (const [program, data] of [
      [
        { data: { a: "MQ==", b: "Mg==" }, stringData: { b: "ü", c: "" } },
        { a: "MQ==", b: base64("ü"), c: "" },
      ],
      [{ stringData: { a: UNKNOWN, b: "x" } }, { a: UNKNOWN, b: base64("x") }],
      [{ stringData: UNKNOWN }, UNKNOWN],
      [{ stringData: { b: "x" }, data: UNKNOWN }, UNKNOWN],
    ] as const)
      assert.deepEqual(await checked(program), { ...identity, data: secret(data) });
  });

  it("is left alone in other kinds", async () => {
    const custom = { ...identity, apiVersion: "example.com/v1", stringData: { a: "1" } };
    const { changes } = diffObjects(custom, { ...custom, stringData: {} }, settings);
    assert.deepEqual(changes, [{ path: ["stringData", "a"], kind: "DELETE", replace: false }]);
  });

  it("is no change where an earlier version kept the same, and shows the keys that are", () => {
    const kept = { ...identity, stringData: { a: "1", b: "2" } };
    const changes = (stringData: PropertyMap) =>
      diffObjects(kept, withEncodedData({ ...identity, stringData }), settings).changes.map((it) => [
        it.kind,
        formatPath(it.path),
      ]);
    assert.deepEqual(changes({ a: "1", b: "2" }), []);
    assert.deepEqual(changes({ a: "1", b: "3" }), [["UPDATE", "data.b"]]);
    assert.deepEqual(changes({ a: "1" }), [["DELETE", "data.b"]]);
  });

  it("is found in data by a refresh, and stays secret", () => {
    const live = { ...identity, data: { pw: base64("new"), foreign: "x" } };
    const inputs = { ...identity, data: secret({ pw: base64("new") }) };
    assert.deepEqual(liveInputs({ ...identity, stringData: { pw: "old" } }, live), inputs);
    assert.deepEqual(outputsOf(live, "m")["data"], secret(live.data));
  });
});
