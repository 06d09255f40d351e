import assert from "node:assert/strict";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import fc from "fast-check";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { changedKeys, fromStruct, overlay, secret, SIGNATURE_KEY, UNKNOWN, type PropertyMap } from "./properties";
import { InitializationError, invalid } from "./errors";

const received = (sent: PropertyMap) => fromStruct(Struct.fromJavaScript(sent));

describe("plugins: properties", () => {
  it("are the same after the wire, whatever JSON they are", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (json) => {
        // The library that reads the wire drops this key; no property has it.
        fc.pre(!JSON.stringify(json).includes("__proto__"));
        const map = JSON.parse(JSON.stringify(json)) as PropertyMap;
        assert.deepEqual({ ...received(map) }, map);
      }),
      { numRuns: 50 },
    );
  });

  it("come without marks of secrecy, at any depth", () => {
    assert.deepEqual(received({ a: secret([secret({ b: UNKNOWN }) as PropertyMap]) }), { a: [{ b: UNKNOWN }] });
  });

  it("refuse an asset, naming where it is", () => {
    const asset = { data: { file: [{ [SIGNATURE_KEY]: "c44067f5952c0a294b673a41bacd8c17", text: "x" }] } };
    assert.throws(() => received(asset), /^Error: data\.file\.0: assets, archives .* not supported/);
  });
});

describe("plugins: diff", () => {
  it("names each property that differs; an unknown is a change", () => {
    const old = { spec: { ports: [80] }, gone: 1, a: 1, b: { c: 1 }, d: null, same: [{ e: 1 }] };
    const next = { spec: { ports: [80, 443] }, a: UNKNOWN, b: [1], d: 1, same: [{ e: 1 }], added: 1 };
    assert.deepEqual(changedKeys(old, next), ["spec", "a", "b", "d", "added", "gone"]);
  });

  it("is laid over what was there", () => {
    const laid = overlay({ a: { b: 1, c: [1, 2] }, d: 1 }, { a: { c: [3] }, d: UNKNOWN });
    assert.deepEqual(laid, { a: { b: 1, c: [3] }, d: UNKNOWN });
  });
});

describe("plugins: what the engine is told, and tells", () => {
  it("an error is its message alone", () => {
    const status = invalid(new Error("no such thing"));
    assert.deepEqual([status.details, status.metadata], ["no such thing", undefined]);
  });

  it("a failed initialization carries the half-made object", () => {
    const { metadata } = invalid(new InitializationError("not ready", { id: "ns/web", outputs: { a: 1 }, inputs: { b: 2 } }));
    const [packed] = metadata?.get("grpc-status-details-bin") ?? [];
    const [any] = Status.deserializeBinary(packed as Buffer).getDetailsList();
    const detail = ErrorResourceInitFailed.deserializeBinary(any?.getValue_asU8() ?? new Uint8Array());
    assert.equal(any?.getTypeName(), "pulumirpc.ErrorResourceInitFailed");
    const [outputs, inputs] = [detail.getProperties()?.toJavaScript(), detail.getInputs()?.toJavaScript()];
    assert.deepEqual([detail.getId(), outputs, inputs, detail.getReasonsList()], ["ns/web", { a: 1 }, { b: 2 }, ["not ready"]]);
  });
});
