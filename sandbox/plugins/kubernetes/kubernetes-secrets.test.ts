import assert from "node:assert/strict";
import { diffObjects } from "./diff";
import { liveInputs, outputsOf, withEncodedData } from "./outputs";
import { KubernetesProvider } from "./provider";
import { parseSettings } from "./cluster";
import { secret, UNKNOWN, type PropertyMap } from "../rpc/properties";
import { request } from "../testing/request";

const identity = { apiVersion: "v1", kind: "Secret", metadata: { name: "s", namespace: "demo" } };
const base64 = (text: string) => Buffer.from(text).toString("base64");
const settings = { ...parseSettings({}, {}), enableSecretMutable: true };

/** What the engine is given for a program's Secret. */
const checked = (program: PropertyMap): Promise<PropertyMap> =>
  new KubernetesProvider().check(request("kubernetes:core/v1:Secret", { inputs: { ...identity, ...program } }));

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
    const { changed, replaced } = diffObjects(custom, { ...custom, stringData: {} }, settings);
    assert.deepEqual([changed, replaced], [["stringData"], []]);
  });

  it("is no change where an earlier version kept the same", () => {
    const kept = { ...identity, stringData: { a: "1", b: "2" } };
    for (const [stringData, changed] of [
      [{ a: "1", b: "2" }, []],
      [{ a: "1", b: "3" }, ["data"]],
      [{ a: "1" }, ["data"]],
    ] as const)
      assert.deepEqual(diffObjects(kept, withEncodedData({ ...identity, stringData }), settings).changed, changed);
  });

  it("is found in data by a refresh, and stays secret", () => {
    const live = { ...identity, data: { pw: base64("new"), foreign: "x" } };
    const inputs = { ...identity, data: secret({ pw: base64("new") }) };
    assert.deepEqual(liveInputs({ ...identity, stringData: { pw: "old" } }, live), inputs);
    assert.deepEqual(outputsOf(live, "m")["data"], secret(live.data));
  });
});
