import assert from "node:assert/strict";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import fc from "fast-check";
import {
  diffProperties,
  formatPath,
  fromStruct,
  hasSecret,
  hasUnknown,
  reveal,
  secret,
  SIGNATURE_KEY,
  toStruct,
  UNKNOWN,
  type PropertyMap,
} from "./properties";
import { InitializationError } from "./provider";
import { engineAddressOf } from "./server";
import { identityOf, invalid } from "./service";

const changed = (old: PropertyMap, next: PropertyMap) =>
  diffProperties(old, next).map(({ path, kind }) => `${kind} ${formatPath(path)}`);

describe("plugins: properties", () => {
  it("survive the wire, secrets and unknowns included", () => {
    const map = { a: [1, "x", null, true], s: secret({ deep: "er" }), u: UNKNOWN };
    assert.deepEqual(fromStruct(toStruct(map)), map);
  });

  it("are the same after the wire, whatever JSON they are", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (json) => {
        // The library that reads the wire drops this key; no property has it.
        fc.pre(!JSON.stringify(json).includes("__proto__"));
        const map = JSON.parse(JSON.stringify(json)) as PropertyMap;
        assert.deepEqual({ ...fromStruct(toStruct(map)) }, map);
      }),
      { numRuns: 50 },
    );
  });

  it("know what is secret or unknown at any depth", () => {
    assert.equal(hasSecret({ a: [{ b: secret(1) }] }), true);
    assert.equal(hasSecret({ a: [{ b: 1 }] }), false);
    assert.equal(hasUnknown({ a: secret([UNKNOWN]) }), true);
    assert.equal(hasUnknown({ a: ["x"] }), false);
    assert.deepEqual(reveal({ a: [secret({ b: secret(1) })] }), { a: [{ b: 1 }] });
    assert.deepEqual(secret(secret(1)), secret(1));
  });

  it("refuse an asset, naming where it is", () => {
    const asset = { data: { file: [{ [SIGNATURE_KEY]: "c44067f5952c0a294b673a41bacd8c17", text: "x" }] } };
    assert.throws(() => fromStruct(toStruct(asset)), /^Error: data\.file\[0\]: assets, archives .* not supported/);
  });
});

describe("plugins: diff", () => {
  it("names each changed leaf", () => {
    const old = { spec: { image: "a", ports: [80], gone: 1, labels: { "app.io/x": "1" } } };
    const next = { spec: { image: "b", ports: [80, 443], labels: { "app.io/x": "2" } } };
    assert.deepEqual(changed(old, next), [
      "update spec.image",
      "add spec.ports[1]",
      'update spec.labels["app.io/x"]',
      "delete spec.gone",
    ]);
  });

  it("looks through secrecy and takes unknowns for changes", () => {
    assert.deepEqual(changed({ a: secret("x") }, { a: "x" }), []);
    assert.deepEqual(changed({ a: secret({ b: 1 }) }, { a: secret({ b: 2 }) }), ["update a.b"]);
    assert.deepEqual(changed({ a: 1 }, { a: UNKNOWN }), ["update a"]);
  });

  it("takes a change of type for one update", () => {
    assert.deepEqual(changed({ a: { b: 1 } }, { a: [1] }), ["update a"]);
    assert.deepEqual(changed({ a: null }, { a: 1 }), ["update a"]);
  });

  it("is empty for equal objects and only for these", () => {
    const object = fc.dictionary(fc.constantFrom("a", "b", "c"), fc.jsonValue({ maxDepth: 2 }));
    fc.assert(
      fc.property(object, object, (one, other) => {
        const [old, next] = [one, other].map((value) => JSON.parse(JSON.stringify(value)) as PropertyMap) as [
          PropertyMap,
          PropertyMap,
        ];
        assert.deepEqual(diffProperties(old, old), []);
        const same = (() => {
          try {
            assert.deepEqual(old, next);
            return true;
          } catch {
            return false;
          }
        })();
        assert.equal(diffProperties(old, next).length === 0, same);
      }),
      { numRuns: 100 },
    );
  });
});

describe("plugins: errors", () => {
  it("reach the engine as the message alone", () => {
    const status = invalid(new Error("no such thing"));
    assert.equal(status.details, "no such thing");
    assert.equal(status.metadata, undefined);
  });

  it("carry the half-made object of a failed initialization", () => {
    const { metadata } = invalid(new InitializationError("not ready", "ns/web", { a: 1 }, { b: 2 }));
    const [packed] = metadata?.get("grpc-status-details-bin") ?? [];
    const [any] = Status.deserializeBinary(packed as Buffer).getDetailsList();
    const detail = ErrorResourceInitFailed.deserializeBinary(any?.getValue_asU8() ?? new Uint8Array());
    assert.equal(any?.getTypeName(), "pulumirpc.ErrorResourceInitFailed");
    assert.equal(detail.getId(), "ns/web");
    assert.deepEqual(detail.getProperties()?.toJavaScript(), { a: 1 });
    assert.deepEqual(detail.getInputs()?.toJavaScript(), { b: 2 });
    assert.deepEqual(detail.getReasonsList(), ["not ready"]);
  });
});

describe("plugins: arguments and URNs", () => {
  it("finds the engine's address behind the flags", () => {
    assert.equal(engineAddressOf(["--logtostderr", "-v=9", "127.0.0.1:4"]), "127.0.0.1:4");
    assert.equal(engineAddressOf(["--tracing", "http://x"]), undefined);
    assert.equal(engineAddressOf(["-v=9"]), undefined);
    assert.equal(engineAddressOf([]), undefined);
  });

  it("reads type and name of a URN, the name with colons too", () => {
    const urn = "urn:pulumi:dev::p::my:Stack$kubernetes:apps/v1:Deployment::a::b";
    assert.deepEqual(identityOf({ getUrn: () => urn }), { urn, type: "kubernetes:apps/v1:Deployment", name: "a::b" });
  });
});
