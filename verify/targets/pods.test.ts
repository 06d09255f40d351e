import assert from "node:assert/strict";
import type { V1Pod } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { podChanges, readyPods } from "./pods";

function pod(name: string, overrides: { ready?: string; deleted?: boolean; restarts?: number } = {}): V1Pod {
  const { ready = "True", deleted = false, restarts = 0 } = overrides;
  return {
    metadata: { name, uid: `uid-${name}`, ...(deleted ? { deletionTimestamp: new Date() } : {}) },
    status: {
      podIP: "10.0.0.1",
      hostIP: "192.0.2.1",
      conditions: [{ type: "Ready", status: ready }],
      containerStatuses: [{ name: "c", image: "i", imageID: "i", ready: true, restartCount: restarts }],
    },
  };
}

describe("readyPods", () => {
  it("takes pods that are ready and not on their way out, by name", () => {
    const pods = [
      pod("b"),
      pod("a", { restarts: 2 }),
      pod("c", { ready: "False" }),
      pod("d", { deleted: true }),
      { metadata: { name: "e" } },
    ];
    assert.deepEqual(readyPods(pods), [
      { name: "a", uid: "uid-a", restarts: 2, podIp: "10.0.0.1", hostIp: "192.0.2.1" },
      { name: "b", uid: "uid-b", restarts: 0, podIp: "10.0.0.1", hostIp: "192.0.2.1" },
    ]);
  });
});

describe("podChanges", () => {
  const [before] = readyPods([pod("a")]);
  assert.ok(before !== undefined);

  it("is empty when the pods are as they were, also when others came", () => {
    assert.deepEqual(podChanges([before], readyPods([pod("a"), pod("b")])), []);
  });

  it("names a pod that is gone, was replaced, or restarted", () => {
    assert.deepEqual(podChanges([before], []), ["pod a is gone or no longer ready"]);
    assert.deepEqual(podChanges([before], [{ ...before, uid: "other" }]), ["pod a was replaced"]);
    assert.deepEqual(podChanges([before], [{ ...before, restarts: 1 }]), ["pod a restarted"]);
  });
});
