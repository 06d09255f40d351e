import assert from "node:assert/strict";
import { Unmeasurable } from "../common/errors";
import { defaultOptions } from "../options";
import type { ConnectedTarget } from "../targets/target";
import type { Check, RunningCheck } from "./check";
import { ReportDraft } from "./report-draft";
import { runChecks } from "./run";

describe("the checks of a run", () => {
  const replicas = ["a", "b"].map((name) => ({ name, url: "http://127.0.0.1:1" }));
  const target = { replicas, connectionsPerReplica: 1, explain: () => undefined } as unknown as ConnectedTarget;

  /** Runs checks that begin as given, and calls the run off at once where that is asked for. */
  function begin(beginnings: readonly Check["begin"][], calledOff = new AbortController()) {
    const ids = ["control", "redis", "traces"] as const;
    const checks = beginnings.map((it, i): Check => ({ id: ids[i] ?? "race", title: "", begin: it }));
    const options = { ...defaultOptions, checks: ids };
    return runChecks(checks, options, target, new ReportDraft("two replicas"), () => undefined, calledOff.signal);
  }

  /** @returns a beginning that opens something, and what was closed */
  function opening(closed: string[], name: string, opened: () => Promise<unknown> = async () => undefined) {
    return async (): Promise<RunningCheck> => {
      await opened();
      return {
        conclude: () => Promise.reject(new Unmeasurable("nothing")),
        [Symbol.asyncDispose]: async () => void closed.push(name),
      };
    };
  }

  it("close what they have opened when another one of them breaks as it begins", async () => {
    const closed: string[] = [];
    const broken = () => Promise.reject(new TypeError("x is not a function"));
    const late = () => new Promise((resolve) => setImmediate(resolve));
    const running = begin([opening(closed, "first"), broken, opening(closed, "last", late)]);
    await assert.rejects(running, { name: "Defect", message: /^the verifier failed: x is not a function \(run\.test\.ts:/ });
    assert.deepEqual(closed, ["first", "last"]);
  });

  it("are not waited for when the run is called off, and close what they open too late", async () => {
    const closed: string[] = [];
    const calledOff = new AbortController();
    let open: (value?: unknown) => void = () => assert.fail();
    const hangs = () => new Promise((resolve) => (open = resolve));
    const running = begin([opening(closed, "first"), opening(closed, "late", hangs)], calledOff);
    setImmediate(() => calledOff.abort());
    const { verdict, checks } = await running;
    assert.deepEqual([verdict, checks[1]?.summary, closed], ["unknown", "interrupted", ["first"]]);
    open();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(closed, ["first", "late"]);
  });
});
