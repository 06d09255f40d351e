import assert from "node:assert/strict";
import { waitFor } from "./wait";

describe("a wait", () => {
  const quick = { subject: "the moon", limitMs: 30, intervalMs: 2 };

  it("ends with the first thing that is not undefined; an error counts as not yet", async () => {
    const seen = [undefined, new Error("clouds"), 0, 1];
    let looks = 0;
    const look = async (): Promise<number | undefined> => {
      const found = seen[looks++];
      if (found instanceof Error) throw found;
      return found;
    };
    assert.equal(await waitFor({ ...quick, limitMs: 10_000 }, look), 0);
    assert.equal(looks, 3);
  });

  it("that is too long names the subject, the limit and what was last seen", async () => {
    await assert.rejects(
      waitFor(quick, () => undefined),
      { message: "the moon: not there after 0.03 s (last seen: nothing yet)" },
    );
    let looks = 0;
    const look = (): undefined => {
      throw new Error(`clouds ${++looks}`);
    };
    await assert.rejects(waitFor(quick, look), ({ message }: Error) => {
      return message === `the moon: not there after 0.03 s (last seen: clouds ${looks})`;
    });
  });

  it("ends when the run is interrupted, also between two looks", async () => {
    const signal = AbortSignal.abort(new Error("interrupted"));
    await assert.rejects(
      waitFor({ ...quick, signal }, () => assert.fail("looked")),
      { message: "interrupted" },
    );
    const controller = new AbortController();
    const waiting = waitFor({ ...quick, limitMs: 60_000, intervalMs: 60_000, signal: controller.signal }, () => undefined);
    setTimeout(() => controller.abort(), 5);
    await assert.rejects(waiting, { name: "AbortError" });
  });

  it("leaves a probe behind that hangs, at the limit and when the run is interrupted", async () => {
    let told: AbortSignal | undefined;
    const hang = (signal: AbortSignal) => new Promise<never>(() => (told = signal));
    await assert.rejects(waitFor(quick, hang), { name: "WaitTimeout", subject: "the moon", limitMs: 30 });
    assert.equal(told?.aborted, true);
    const controller = new AbortController();
    const waiting = waitFor({ ...quick, limitMs: 60_000, signal: controller.signal }, hang);
    controller.abort(new Error("interrupted"));
    await assert.rejects(waiting, { message: "interrupted" });
  });

  it("ends with an error that waiting cannot fix", async () => {
    const look = (): never => {
      throw new Error("no sky");
    };
    await assert.rejects(waitFor({ ...quick, limitMs: 60_000, isFinal: () => true }, look), { message: "no sky" });
  });
});
