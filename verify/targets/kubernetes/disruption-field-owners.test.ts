import assert from "node:assert/strict";
import { handBack, ownersOf, type FieldSet, type ManagedFields } from "./field-owners";

const note = "f:plano-affinity/put-back";
const paths = [
  ["f:spec", "f:minReplicas"],
  ["f:spec", "f:maxReplicas"],
  ["f:metadata", "f:annotations", note],
];

function entry(manager: string, fieldsV1: FieldSet, more: Partial<ManagedFields> = {}): ManagedFields {
  return { manager, operation: "Apply", apiVersion: "autoscaling/v2", fieldsType: "FieldsV1", fieldsV1, ...more };
}

describe("owners of fields", () => {
  const update = { operation: "Update" };
  const numbers = { "f:minReplicas": {}, "f:maxReplicas": {} };
  const metrics = { "f:metrics": {} };
  const pulumi = entry("pulumi", { "f:spec": { ...metrics, ...numbers } });
  const owners = [entry("pulumi", { "f:spec": numbers })];
  const controller = entry("controller", { "f:status": { "f:new": {} } }, { ...update, subresource: "status" });
  const annotations = { "f:annotations": { ".": {}, [note]: {} } };
  const ours = entry("us", { "f:metadata": annotations, "f:spec": numbers }, update);
  const updated = entry("pulumi", { "f:spec": metrics }, update);

  it("are found with no more than the fields in question", () => {
    assert.deepEqual(ownersOf([pulumi, controller], paths), owners);
  });

  for (const [what, current, before, expected] of [
    [
      "we keep none, and others keep theirs",
      [entry("pulumi", { "f:spec": metrics }), controller, ours],
      owners,
      [pulumi, controller],
    ],
    ["also those who had no other", [ours], owners, owners],
    ["apart by operation", [updated], owners, [updated, ...owners]],
  ] as const) {
    it(`get their fields back: ${what}`, () => assert.deepEqual(handBack(current, before, "us"), expected));
  }
});
