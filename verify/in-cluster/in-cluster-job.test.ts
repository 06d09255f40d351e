import assert from "node:assert/strict";
import type { V1ContainerState, V1PodStatus } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { gzipSync } from "node:zlib";
import { JobLog, podState } from "./job-pod";

function container(state: V1ContainerState, status: Partial<V1PodStatus> = {}) {
  const containerStatuses = [{ name: "verify", image: "", imageID: "", ready: false, restartCount: 0, state }];
  return podState({ status: { phase: "Pending", containerStatuses, ...status } });
}

describe("the state of a Job's pod", () => {
  it("is waiting for the pod, for a node, for the container to start", () => {
    assert.deepEqual(podState(undefined), { kind: "waiting", cause: "pod", reason: "the Job has no pod yet" });
    assert.deepEqual(podState({ status: { phase: "Pending" } }), { kind: "waiting", cause: "start", reason: "Pending" });
    const conditions = [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/3 nodes\nfit" }];
    assert.deepEqual(podState({ status: { phase: "Pending", conditions } }), {
      kind: "waiting",
      cause: "scheduling",
      reason: "Unschedulable: 0/3 nodes fit",
    });
    for (const reason of ["ContainerCreating", "PodInitializing"]) {
      assert.deepEqual(container({ waiting: { reason } }), { kind: "waiting", cause: "start", reason });
    }
  });

  it("has one cause for all that the kubelet complains about, however its words alternate", () => {
    for (const reason of ["ErrImagePull", "ImagePullBackOff", "InvalidImageName", "CreateContainerConfigError"]) {
      assert.deepEqual(container({ waiting: { reason, message: "m" } }), {
        kind: "waiting",
        cause: "container",
        reason: `${reason}: m`,
      });
    }
  });

  it("is running", () => {
    assert.deepEqual(container({ running: {} }, { phase: "Running" }), { kind: "running" });
  });

  it("has ended, with exit code and reason", () => {
    assert.deepEqual(container({ terminated: { exitCode: 1, reason: "Error" } }), { kind: "ended", reason: "exit code 1" });
    assert.deepEqual(container({ terminated: { exitCode: 137, reason: "OOMKilled" } }), {
      kind: "ended",
      reason: "exit code 137, OOMKilled",
    });
    const evicted = { phase: "Failed", reason: "Evicted", message: "The node was low on resource: memory." };
    assert.deepEqual(podState({ status: evicted }), {
      kind: "ended",
      reason: "Evicted: The node was low on resource: memory.",
    });
    assert.deepEqual(podState({ status: { phase: "Failed" } }), { kind: "ended", reason: "pod Failed" });
  });
});

describe("the log of a Job", () => {
  const report = { schema: "plano-affinity/report/v1", verdict: "pass", checks: [{ id: "a" }] };
  const packed = (text: string) => gzipSync(text).toString("base64").replace(/.{40}/g, "$&\n").trim();
  const framed = (text: string) => `-----BEGIN REPORT-----\n${packed(text)}\n-----END REPORT-----`;

  function logOf(text: string): JobLog {
    const log = new JobLog();
    for (const line of text.split("\n")) log.add(line);
    return log;
  }

  it("is progress, and then the report", () => {
    const log = new JobLog();
    assert.equal(log.add("sessions: 4 × 4 rounds"), "sessions: 4 × 4 rounds");
    for (const line of framed(JSON.stringify(report)).split("\n")) assert.equal(log.add(line), undefined);
    assert.deepEqual(log.report(), report);
  });

  it("may have words of the runtime on both sides of the report", () => {
    assert.deepEqual(logOf(`(node:1) Warning: x\n${framed(JSON.stringify(report))}\nbye`).report(), report);
  });

  it("has no report where it is missing, broken off or something else", () => {
    const whole = framed(JSON.stringify(report));
    const cases: readonly [string, string][] = [
      ["", "it wrote nothing"],
      ["a\nb\n\nc\nd", "its last words: b / c / d"],
      [`a\n${framed("")}`, "its last words: a"],
      [whole.slice(0, -5), "its report is broken off"],
      [whole.split("\n").toSpliced(1, 1).join("\n"), "it wrote nothing"],
      [framed('{"schema":"other"}'), "it wrote nothing"],
    ];
    for (const [text, words] of cases) {
      assert.equal(logOf(text).report(), undefined, text);
      assert.equal(logOf(text).words, words, text);
    }
  });
});
