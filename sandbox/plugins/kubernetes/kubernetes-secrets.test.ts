import assert from "node:assert/strict";
import { diffObjects } from "./diff";
import { liveInputs, outputsOf } from "./outputs";
import { KubernetesProvider } from "./provider";
import { secret, UNKNOWN, type PropertyMap } from "../rpc/properties";
import { request } from "../testing/request";

const identity = { apiVersion: "v1", kind: "Secret", metadata: { name: "s", namespace: "demo" } };
const base64 = (text: string) => Buffer.from(text).toString("base64");

/** What the engine is given for a program's Secret. */
const checked = (program: PropertyMap): PropertyMap =>
  new KubernetesProvider().check(request("kubernetes:core/v1:Secret", { inputs: { ...identity, ...program } }));

describe("plugins: a Secret's stringData", () => {
  it("becomes data, encoded and secret, and wins over data; what is unknown stays so", () => {
    for (const [program, data] of [
      [
        { data: { a: "MQ==", b: "Mg==" }, stringData: { b: "ü", c: "" } },
        { a: "MQ==", b: base64("ü"), c: "" },
      ],
      [{ stringData: { a: UNKNOWN, b: "x" } }, { a: UNKNOWN, b: base64("x") }],
      [{ stringData: UNKNOWN }, UNKNOWN],
      [{ stringData: { b: "x" }, data: UNKNOWN }, UNKNOWN],
    ] as const)
      assert.deepEqual(checked(program), { ...identity, data: secret(data) });
  });

  it("is left alone in other kinds", async () => {
    const custom = { ...identity, apiVersion: "example.com/v1", stringData: { a: "1" } };
    const { changed, replaced } = diffObjects(custom, { ...custom, stringData: {} });
    assert.deepEqual([changed, replaced], [["stringData"], []]);
  });

  it("stays secret in data after a refresh", () => {
    const live = { ...identity, data: { pw: base64("new"), foreign: "x" } };
    const inputs = { ...identity, data: secret({ pw: base64("new") }) };
    assert.deepEqual(liveInputs({ ...identity, data: { pw: base64("old") } }, live), inputs);
    assert.deepEqual(outputsOf(live, "m")["data"], secret(live.data));
  });
});
