import { strict as assert } from "node:assert";
import { judge } from ".";
import type { LiveObject } from "./facts";
import { describeFinding } from "./finding";
import { holdsStack } from "./ownership";
import type { Plan, PlannedObject } from "./plan";
import { facts, foundAs, plan, planned } from "../testing/preflight-facts";

const redis = plan().objects.find(({ kind }) => kind === "StatefulSet") as PlannedObject;
const jaeger = (storage: string): PlannedObject => ({
  ...planned("v1", "PersistentVolumeClaim", "persistentvolumeclaims", "jaeger-data"),
  storage,
});

/** The stack's own claim. @param named whether the stack named the class, or the API server did */
function claim(storage: string, storageClassName: string | undefined, named = true): LiveObject {
  const fieldsV1 = { "f:spec": named ? { "f:storageClassName": {} } : {} };
  return {
    metadata: {
      annotations: { "plano-affinity/stack": "mine" },
      managedFields: [
        { operation: "Apply", fieldsV1 },
        { operation: "Update", fieldsV1: { "f:spec": { "f:storageClassName": {} } } },
      ],
    },
    spec: { storageClassName, resources: { requests: { storage } } },
  };
}

/** The stack's own StatefulSet. */
function statefulSet(storage: string, storageClassName?: string): LiveObject {
  const { metadata, spec } = claim(storage, storageClassName);
  return { metadata, spec: { volumeClaimTemplates: [{ spec }] } };
}

function findings(object: PlannedObject, live: LiveObject, wanted: Partial<Plan> = {}): string[] {
  const storageClasses = { seen: ["standard", "fast"].map((name) => ({ provisioner: "a", metadata: { name } })) };
  const namespace = { seen: { metadata: { annotations: { "plano-affinity/stack": "mine" } } } };
  const found = [{ planned: object, live: { seen: live } }];
  return judge(facts({ storageClasses, namespace, found }), plan({ objects: [object], ...wanted }))
    .filter(({ severity, reason }) => severity === "error" && /'s? volume (has|is) /.test(reason))
    .map(describeFinding);
}

describe("what preflight says of volumes that are there", () => {
  it("is nothing where they are those of the settings, however a size is written", () => {
    assert.deepEqual(findings(redis, statefulSet("1024Mi")), []);
    assert.deepEqual(findings(redis, statefulSet("1Gi", "fast"), { storageClass: "fast" }), []);
    assert.deepEqual(findings(jaeger("5Gi"), claim("5Gi", "fast"), { storageClass: "fast" }), []);
    assert.deepEqual(findings(jaeger("5Gi"), claim("5Gi", "standard", false)), []);
    // One that is somebody else's is refused as such.
    assert.deepEqual(findings(redis, { ...statefulSet("2Gi"), metadata: {} }), []);
  });

  it("names a change that would cost the pins", () => {
    const anew = "to give the pins up: kubectl --context blue --namespace demo delete statefulset redis";
    const loss = "another would be made, and all pins would go with this one";
    assert.deepEqual(findings(redis, statefulSet("2Gi", "fast")), [
      `redisStorage: Redis' volume has 2Gi, not 1Gi: ${loss}\n    → pulumi config set redisStorage 2Gi; or, ${anew}`,
      `storageClass: Redis' volume is of the StorageClass fast, not the default StorageClass: ${loss}\n` +
        `    → pulumi config set storageClass fast; or, ${anew}`,
    ]);
    assert.deepEqual(findings(redis, statefulSet("1Gi"), { storageClass: "fast" }), [
      `storageClass: Redis' volume is of the default StorageClass, not the StorageClass fast: ${loss}\n` +
        `    → pulumi config set storageClass default; or, ${anew}`,
    ]);
  });

  it("names a change that Jaeger's volume cannot follow; it may grow", () => {
    const anew = "to give the traces up: pulumi config rm jaegerStorage, pulumi up, and set it again";
    assert.deepEqual(findings(jaeger("9Gi"), claim("5Gi", "standard", false)), []);
    assert.deepEqual(findings(jaeger("1Gi"), claim("5Gi", "standard", false), { storageClass: "standard" }), [
      `jaegerStorage: Jaeger's volume has 5Gi, and a volume does not shrink to 1Gi\n` +
        `    → pulumi config set jaegerStorage 5Gi; or, ${anew}`,
      `storageClass: Jaeger's volume is of the default StorageClass, not the StorageClass standard, and a volume keeps its class\n` +
        `    → pulumi config set storageClass default; or, ${anew}`,
    ]);
    assert.match(findings(jaeger("5Gi"), claim("5Gi", "fast"))[0] ?? "", /is of the StorageClass fast, not the default/);
  });
});

describe("what is there of a stack", () => {
  it("is seen by its mark; what cannot be looked at may be its own", () => {
    const [first, ...others] = foundAs("mine", "Service plano").found;
    const unseen = { planned: first?.planned as PlannedObject, live: { unseen: "status 500" } };
    assert.equal(holdsStack({ found: [unseen, ...others] }, "mine"), true);
    assert.equal(holdsStack({ found: [unseen, ...others] }, "another"), undefined);
    assert.equal(holdsStack(foundAs("mine", "Service plano"), "another"), false);
    assert.equal(holdsStack(facts(), "mine"), false);
  });
});
