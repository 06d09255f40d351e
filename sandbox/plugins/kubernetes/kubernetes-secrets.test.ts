import assert from "node:assert/strict";
import { diffObjects } from "./diff";
import { liveInputs } from "./outputs";
import { KubernetesProvider } from "./provider";
import { parseSettings } from "./settings";
import { formatPath, secret, UNKNOWN, type PropertyMap } from "../rpc/properties";

const identity = { apiVersion: "v1", kind: "Secret", metadata: { name: "s", namespace: "demo" } };
const base64 = (text: string) => Buffer.from(text).toString("base64");
const settings = { ...parseSettings({}, {}), enableSecretMutable: true };

/** What the engine is given for a program's Secret. */
async function checked(program: PropertyMap): Promise<PropertyMap> {
  const request = { urn: "urn", name: "s", oldInputs: undefined, randomSeed: new Uint8Array() };
  const newInputs = { ...identity, ...program };
  return (await new KubernetesProvider().check({ ...request, type: "kubernetes:core/v1:Secret", newInputs })).inputs;
}

describe("plugins: a Secret's stringData", () => {
  it("becomes data, encoded and secret, and wins over data", async () => {
    const program = { data: { a: "MQ==", b: "Mg==" }, stringData: secret({ b: "ü", c: "" }) };
    const { data, stringData } = await checked(program);
    assert.deepEqual(data, secret({ a: "MQ==", b: base64("ü"), c: "" }));
    assert.equal(stringData, undefined);
  });

  it("stays unknown where it is, key by key or as a whole", async () => {
    assert.deepEqual((await checked({ stringData: { a: UNKNOWN, b: "x" } }))["data"], secret({ a: UNKNOWN, b: base64("x") }));
    assert.deepEqual((await checked({ stringData: secret(UNKNOWN) }))["data"], secret(UNKNOWN));
    assert.deepEqual((await checked({ stringData: { b: "x" }, data: UNKNOWN }))["data"], secret(UNKNOWN));
  });

  it("is left alone in other kinds", async () => {
    const custom = { ...identity, apiVersion: "example.com/v1", stringData: { a: "1" } };
    assert.deepEqual(diffObjects(custom, { ...custom, stringData: {} }, settings).changes, [
      { path: ["stringData", "a"], kind: "delete", replace: false },
    ]);
  });

  it("is no change where an earlier version kept the same, and shows the keys that are", async () => {
    const kept = { ...identity, stringData: secret({ a: "1", b: "2" }) };
    const changes = async (stringData: PropertyMap) =>
      diffObjects(kept, await checked({ stringData }), settings).changes.map(({ path, kind }) => `${kind} ${formatPath(path)}`);
    assert.deepEqual(await changes({ a: "1", b: "2" }), []);
    assert.deepEqual(await changes({ a: "1", b: "3" }), ["update data.b"]);
    assert.deepEqual(await changes({ a: "1" }), ["delete data.b"]);
  });

  it("is found in data by a refresh, and stays secret", () => {
    const live = { ...identity, data: { pw: base64("new"), foreign: "x" } };
    assert.deepEqual(liveInputs({ ...identity, stringData: secret({ pw: "old" }) }, live), {
      ...identity,
      data: secret({ pw: base64("new") }),
    });
  });
});
