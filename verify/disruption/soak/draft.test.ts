import assert from "node:assert/strict";
import type { ConductedFault } from "./conduct";
import { SoakDraft } from "./draft";
import { defaultSoak } from "./options";
import { Tally } from "./tally";
import { trendOf } from "./usage";
import { Windows } from "./windows";
import { VirtualClock } from "../../testing/virtual-clock";

const faultIn = (title: string, window: ConductedFault["window"]): ConductedFault => ({
  id: "rollout",
  title,
  target: "",
  proof: "",
  startedAt: 0,
  landedAt: undefined,
  redisBackAt: undefined,
  recoveredAt: undefined,
  endedAt: 0,
  verdict: "pass",
  summary: "",
  unshared: false,
  window,
});

describe("the draft of a soak's report", () => {
  it("gives failures to their fault, also after one for which nothing was done", () => {
    const [tally, windows] = [new Tally(), new Windows()];
    const [first, second] = [windows.open(0, false), windows.open(10, true)];
    const faults = [faultIn("first", first), faultIn("was not calm before", undefined), faultIn("second", second)];
    for (const window of [undefined, first, second]) {
      tally.sent("pod", window);
      tally.failed({ way: "pod", cause: `in ${window?.index}`, window, outage: false, podLeft: false });
    }
    const draft = new SoakDraft(new VirtualClock(), defaultSoak, "a test");
    const report = draft.finish({
      tally,
      live: { peak: 3, least: 2 },
      faults,
      begunAt: 0,
      allLiveAt: 1,
      leftOut: undefined,
      leftover: undefined,
      usage: { memoryMib: trendOf([], "memoryMib"), handles: trendOf([], "handles"), samples: [] },
      interrupted: false,
    });
    const places = report.failures.map(({ cause, fault }) => [cause, fault === null ? "quiet" : report.faults[fault]?.title]);
    assert.deepEqual(places, [
      ["in undefined", "quiet"],
      ["in 0", "first"],
      ["in 1", "second"],
    ]);
    assert.deepEqual(report.faults.map(({ requests }) => requests.failed), [1, 0, 1]); // prettier-ignore
    assert.deepEqual([report.sessions.peak, report.sessions.least], [3, 2]);
  });
});
