import assert from "node:assert/strict";
import { handBack, ownersOf, type ManagedFields } from "./field-owners";

const [min, max] = [
  ["f:spec", "f:minReplicas"],
  ["f:spec", "f:maxReplicas"],
];
const note = ["f:metadata", "f:annotations", "f:plano-affinity/put-back"];
const paths = [min, max, note] as string[][];

function entry(manager: string, fieldsV1: ManagedFields["fieldsV1"], more: Partial<ManagedFields> = {}): ManagedFields {
  return { manager, operation: "Apply", apiVersion: "autoscaling/v2", fieldsType: "FieldsV1", fieldsV1, ...more };
}

describe("owners of fields", () => {
  const metrics = { "f:metrics": {} };
  const before = [
    entry("pulumi", { "f:spec": { ...metrics, "f:minReplicas": {}, "f:maxReplicas": {} } }),
    entry("controller", { "f:status": {} }, { operation: "Update", subresource: "status" }),
  ];
  const ours = entry(
    "us",
    {
      "f:metadata": { "f:annotations": { ".": {}, "f:plano-affinity/put-back": {} } },
      "f:spec": { "f:minReplicas": {}, "f:maxReplicas": {} },
    },
    { operation: "Update" },
  );
  const controllerLater = entry("controller", { "f:status": { "f:new": {} } }, { operation: "Update", subresource: "status" });
  const taken = [entry("pulumi", { "f:spec": metrics }), controllerLater, ours];

  it("are found with no more than the fields in question", () => {
    assert.deepEqual(ownersOf(before, paths), [entry("pulumi", { "f:spec": { "f:minReplicas": {}, "f:maxReplicas": {} } })]);
  });

  it("get their fields back, we keep none, and what others own meanwhile is theirs", () => {
    assert.deepEqual(handBack(taken, ownersOf(before, paths), "us", paths), [before[0], controllerLater]);
  });

  it("come back when they had nothing else", () => {
    const only = [entry("pulumi", { "f:spec": { "f:minReplicas": {}, "f:maxReplicas": {} } })];
    assert.deepEqual(handBack([ours], only, "us", paths), only);
  });

  it("keep apart what one manager owns by different operations", () => {
    const updated = entry("pulumi", { "f:spec": metrics }, { operation: "Update" });
    assert.deepEqual(handBack([updated], ownersOf(before, paths), "us", paths), [updated, ...ownersOf(before, paths)]);
  });

  it("leave us what we own besides", () => {
    const restarted = { "f:template": { "f:restartedAt": {} } };
    const both = entry("us", { "f:spec": { "f:minReplicas": {}, ...restarted } });
    assert.deepEqual(handBack([both], [], "us", paths), [entry("us", { "f:spec": restarted })]);
  });
});
