import assert from "node:assert/strict";
import type { V1ContainerState, V1PodStatus } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { gzipSync } from "node:zlib";
import { JobLog, podState, type PodState } from "./job-pod";

function container(state: V1ContainerState, status: Partial<V1PodStatus> = {}) {
  const containerStatuses = [{ name: "verify", image: "", imageID: "", ready: false, restartCount: 0, state }];
  return podState({ status: { phase: "Pending", containerStatuses, ...status } });
}

describe("the state of a Job's pod", () => {
  const conditions = [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/3 nodes\nfit" }];
  const evicted = { phase: "Failed", reason: "Evicted", message: "The node was low on resource: memory." };
  const complaints = ["ErrImagePull", "ImagePullBackOff", "InvalidImageName", "CreateContainerConfigError"];
  const cases: readonly [said: string, state: PodState][] = [
    ["waiting: pod: the Job has no pod yet", podState(undefined)],
    ["waiting: start: Pending", podState({ status: { phase: "Pending" } })],
    ["waiting: scheduling: Unschedulable: 0/3 nodes fit", podState({ status: { phase: "Pending", conditions } })],
    ["waiting: start: ContainerCreating", container({ waiting: { reason: "ContainerCreating" } })],
    ["waiting: start: PodInitializing", container({ waiting: { reason: "PodInitializing" } })],
    // One cause for all that the kubelet complains about, however its words alternate.
    ...complaints.map((reason): [string, PodState] => [
      `waiting: container: ${reason}: m`,
      container({ waiting: { reason, message: "m" } }),
    ]),
    ["running", container({ running: {} }, { phase: "Running" })],
    ["ended: exit code 1", container({ terminated: { exitCode: 1, reason: "Error" } })],
    ["ended: exit code 137, OOMKilled", container({ terminated: { exitCode: 137, reason: "OOMKilled" } })],
    ["ended: Evicted: The node was low on resource: memory.", podState({ status: evicted })],
    ["ended: pod Failed", podState({ status: { phase: "Failed" } })],
  ];
  for (const [said, state] of cases) {
    it(`is ${said}`, () => assert.equal(Object.values(state).join(": "), said));
  }
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

  it("is progress, and then the report, also with words of the runtime behind it", () => {
    const log = new JobLog();
    assert.equal(log.add("sessions: 4 × 4 rounds"), "sessions: 4 × 4 rounds");
    for (const line of framed(JSON.stringify(report)).split("\n")) assert.equal(log.add(line), undefined);
    log.add("bye");
    assert.deepEqual(log.report(), report);
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
