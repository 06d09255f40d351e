import assert from "node:assert/strict";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import fc from "fast-check";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import {
  diffProperties,
  formatPath,
  fromStruct,
  hasUnknown,
  secret,
  SIGNATURE_KEY,
  UNKNOWN,
  type PropertyMap,
} from "./properties";
import { InitializationError } from "./provider";
import { engineAddressOf } from "./server";
import { invalid } from "./service";

const received = (sent: PropertyMap) => fromStruct(Struct.fromJavaScript(sent));
const changed = (old: PropertyMap, next: PropertyMap) =>
  diffProperties(old, next).map(({ path, kind }) => `${kind} ${formatPath(path)}`);

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

  it("come without marks of secrecy, and know what is unknown, at any depth", () => {
    const unknown = { a: [{ b: UNKNOWN }] };
    assert.deepEqual(received({ a: secret([secret({ b: UNKNOWN }) as PropertyMap]) }), unknown);
    assert.equal(hasUnknown(unknown), true);
    assert.equal(hasUnknown({ a: ["x"] }), false);
  });

  it("refuse an asset, naming where it is", () => {
    const asset = { data: { file: [{ [SIGNATURE_KEY]: "c44067f5952c0a294b673a41bacd8c17", text: "x" }] } };
    assert.throws(() => received(asset), /^Error: data\.file\[0\]: assets, archives .* not supported/);
  });
});

describe("plugins: diff", () => {
  it("names each changed leaf; an unknown is a change, another type one update", () => {
    const old = { spec: { image: "a", ports: [80], gone: 1, labels: { "app.io/x": "1" } }, a: 1, b: { c: 1 }, d: null };
    const next = { spec: { image: "b", ports: [80, 443], labels: { "app.io/x": "2" } }, a: UNKNOWN, b: [1], d: 1 };
    const spec = ["UPDATE spec.image", "ADD spec.ports[1]", 'UPDATE spec.labels["app.io/x"]', "DELETE spec.gone"];
    assert.deepEqual(changed(old, next), [...spec, "UPDATE a", "UPDATE b", "UPDATE d"]);
  });

  it("is empty for equal objects and only for these", () => {
    const object = fc.dictionary(fc.constantFrom("a", "b", "c"), fc.jsonValue({ maxDepth: 2 }));
    fc.assert(
      fc.property(object, object, (one, other) => {
        const [old = {}, next = {}] = [one, other].map((value) => JSON.parse(JSON.stringify(value)) as PropertyMap);
        assert.deepEqual(diffProperties(old, old), []);
        if (diffProperties(old, next).length === 0) assert.deepEqual(old, next);
        else assert.notDeepEqual(old, next);
      }),
      { numRuns: 100 },
    );
  });
});

describe("plugins: what the engine is told, and tells", () => {
  it("an error is its message alone", () => {
    const status = invalid(new Error("no such thing"));
    assert.deepEqual([status.details, status.metadata], ["no such thing", undefined]);
  });

  it("a failed initialization carries the half-made object", () => {
    const { metadata } = invalid(new InitializationError("not ready", "ns/web", { a: 1 }, { b: 2 }));
    const [packed] = metadata?.get("grpc-status-details-bin") ?? [];
    const [any] = Status.deserializeBinary(packed as Buffer).getDetailsList();
    const detail = ErrorResourceInitFailed.deserializeBinary(any?.getValue_asU8() ?? new Uint8Array());
    assert.equal(any?.getTypeName(), "pulumirpc.ErrorResourceInitFailed");
    const [outputs, inputs] = [detail.getProperties()?.toJavaScript(), detail.getInputs()?.toJavaScript()];
    assert.deepEqual([detail.getId(), outputs, inputs, detail.getReasonsList()], ["ns/web", { a: 1 }, { b: 2 }, ["not ready"]]);
  });

  it("its address stands behind the flags", () => {
    assert.equal(engineAddressOf(["--logtostderr", "-v=9", "127.0.0.1:4"]), "127.0.0.1:4");
    for (const none of [["--tracing", "http://x"], ["-v=9"], []]) assert.equal(engineAddressOf(none), undefined);
  });
});
