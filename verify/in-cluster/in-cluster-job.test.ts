import assert from "node:assert/strict";
import type { V1ContainerState, V1PodStatus } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { gzipSync } from "node:zlib";
import { lastWords, podState, reportIn, type PodState } from "./job-watch";

function container(state: V1ContainerState, status: Partial<V1PodStatus> = {}) {
  const containerStatuses = [{ name: "verify", image: "", imageID: "", ready: false, restartCount: 0, state }];
  return podState({ status: { phase: "Pending", containerStatuses, ...status } });
}

describe("the state of a Job's pod", () => {
  const conditions = [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/3 nodes\nfit" }];
  const evicted = { phase: "Failed", reason: "Evicted", message: "The node was low on resource: memory." };
  const cases: readonly [said: string, state: PodState][] = [
    ["waiting: the Job has no pod yet", podState(undefined)],
    ["waiting: starting", podState({ status: { phase: "Pending" } })],
    ["waiting: not scheduled: 0/3 nodes fit", podState({ status: { phase: "Pending", conditions } })],
    ["waiting: container verify waits: ContainerCreating", container({ waiting: { reason: "ContainerCreating" } })],
    ["waiting: container verify waits: ErrImagePull: m", container({ waiting: { reason: "ErrImagePull", message: "m" } })],
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

  const whole = framed(JSON.stringify(report));
  const cases: readonly [what: string, text: string, found: object | undefined, words: string][] = [
    ["a report behind progress", `a\n${whole}\nbye`, report, "its last words: a"],
    ["nothing", "", undefined, "it wrote nothing"],
    ["no report", "a\nb\n\nc\nd", undefined, "its last words: b / c / d"],
    ["an empty report", `a\n${framed("")}`, undefined, "its last words: a"],
    ["a report that is broken off", whole.slice(0, -5), undefined, "it wrote nothing"],
    ["a report that lacks a line", whole.split("\n").toSpliced(1, 1).join("\n"), undefined, "it wrote nothing"],
    ["something else", framed('{"schema":"other"}'), undefined, "it wrote nothing"],
  ];
  it("may have a report that is small only while it is packed", () => {
    const log = framed(`"${"x".repeat(129 * 2 ** 20)}"`).split("\n");
    assert.throws(() => reportIn(log), { name: "Unmeasurable", message: /^the Job's report is larger than 128 MiB; use fewer/ });
  });

  for (const [what, text, found, words] of cases) {
    it(`has ${what}`, () => {
      const log = text.split("\n");
      assert.deepEqual([reportIn(log), lastWords(log)], [found, words]);
    });
  }
});
