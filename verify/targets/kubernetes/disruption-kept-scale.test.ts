import assert from "node:assert/strict";
import { changedFields, handBack, ownersOf, type ManagedFields } from "./kept-scale";

function entry(manager: string, fieldsV1: ManagedFields["fieldsV1"], more: Partial<ManagedFields> = {}): ManagedFields {
  return { manager, operation: "Apply", apiVersion: "autoscaling/v2", fieldsType: "FieldsV1", fieldsV1, ...more };
}

describe("owners of fields", () => {
  const update = { operation: "Update" };
  const numbers = { "f:minReplicas": {}, "f:maxReplicas": {} };
  const metrics = { "f:metrics": {} };
  const pulumi = entry("pulumi", { "f:spec": { ...metrics, ...numbers } });
  const owners = [entry("pulumi", { "f:spec": numbers })];
  const controller = entry("controller", { "f:status": { "f:new": {} } }, { ...update, subresource: "status" });
  const annotations = { "f:annotations": { ".": {}, "f:plano-affinity/put-back": {} } };
  const ours = entry("us", { "f:metadata": annotations, "f:spec": numbers }, update);
  const updated = entry("pulumi", { "f:spec": metrics }, update);

  it("are found with no more than the fields in question", () => {
    assert.deepEqual(ownersOf([pulumi, controller], changedFields.HorizontalPodAutoscaler), owners);
  });

  for (const [what, current, expected] of [
    ["we keep none, and others keep theirs", [entry("pulumi", { "f:spec": metrics }), controller, ours], [pulumi, controller]],
    ["also those who had no other", [ours], owners],
    ["apart by operation", [updated], [updated, ...owners]],
  ] as const) {
    it(`get their fields back: ${what}`, () => assert.deepEqual(handBack(current, owners, "us"), expected));
  }
});
