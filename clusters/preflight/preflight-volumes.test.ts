import { strict as assert } from "node:assert";
import { holdsStack, type LiveObject, type Planned } from "./facts";
import type { Plan } from "./plan";
import type { Manifest } from "../../lib/kubernetes/objects";
import { classes, facts, findings as judged, foundAs, inside, jaegerClaim, plannedOf } from "../testing/preflight-facts";

const redis = inside().find(({ kind }) => kind === "StatefulSet") as Manifest;

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

function findings(object: Manifest, live: LiveObject, wanted: Partial<Plan> = {}): string[] {
  const namespace = { seen: { metadata: { annotations: { "plano-affinity/stack": "mine" } } } };
  const planned = plannedOf([object], live);
  return judged({ ...classes("standard", "fast"), namespace, planned }, { manifests: [object], ...wanted }).flatMap(
    (it) => /^error (.*'s? volume (?:has|is) [^]*)/.exec(it)?.[1] ?? [],
  );
}

describe("what preflight says of volumes that are there", () => {
  it("is nothing where they are those of the settings, however a size is written", () => {
    assert.deepEqual(findings(redis, statefulSet("1024Mi")), []);
    assert.deepEqual(findings(redis, statefulSet("1Gi", "fast"), { storageClass: "fast" }), []);
    assert.deepEqual(findings(jaegerClaim("5Gi"), claim("5Gi", "fast"), { storageClass: "fast" }), []);
    assert.deepEqual(findings(jaegerClaim("5Gi"), claim("5Gi", "standard", false)), []);
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
    const loss = "a volume does not shrink, and keeps its class";
    assert.deepEqual(findings(jaegerClaim("9Gi"), claim("5Gi", "standard", false)), []);
    assert.deepEqual(findings(jaegerClaim("1Gi"), claim("5Gi", "standard", false), { storageClass: "standard" }), [
      `jaegerStorage: Jaeger's volume has 5Gi, not 1Gi: ${loss}\n    → pulumi config set jaegerStorage 5Gi; or, ${anew}`,
      `storageClass: Jaeger's volume is of the default StorageClass, not the StorageClass standard: ${loss}\n` +
        `    → pulumi config set storageClass default; or, ${anew}`,
    ]);
    assert.match(findings(jaegerClaim("5Gi"), claim("5Gi", "fast"))[0] ?? "", /is of the StorageClass fast, not the default/);
  });
});

describe("what is there of a stack", () => {
  it("is seen by its mark; what cannot be looked at may be its own", () => {
    const [first, ...others] = foundAs("mine", "Service plano").planned;
    const planned = [{ ...(first as Planned), live: { unseen: "status 500" } }, ...others];
    assert.equal(holdsStack({ planned }, "mine"), true);
    assert.equal(holdsStack({ planned }, "another"), undefined);
    assert.equal(holdsStack(foundAs("mine", "Service plano"), "another"), false);
    assert.equal(holdsStack(facts(), "mine"), false);
  });
});
