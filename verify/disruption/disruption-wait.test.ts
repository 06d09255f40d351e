import assert from "node:assert/strict";
import { waitUntil, type Seen } from "./wait";
import { VirtualClock } from "../testing/virtual-clock";

const never = new AbortController().signal;

describe("waitUntil", () => {
  const termsOf = (clock: VirtualClock, signal = never) => ({ limitMs: 10_000, intervalMs: 500, clock, signal });

  it("looks at intervals until it is done", async () => {
    const clock = new VirtualClock();
    const looks: number[] = [];
    const look = async (): Promise<Seen<string>> => {
      looks.push(clock.now());
      return looks.length < 4 ? { seen: "not yet" } : { done: "here" };
    };
    assert.equal(await clock.run(waitUntil("it is here", termsOf(clock), look)), "here");
    assert.deepEqual(looks, [0, 500, 1_000, 1_500]);
  });

  it("names subject, limit and what was last seen when it is too late", async () => {
    const clock = new VirtualClock();
    let looks = 0;
    const wait = waitUntil("all is ready", termsOf(clock), async () => ({ seen: `${++looks} of 50` }));
    await assert.rejects(clock.run(wait), {
      name: "Unmeasurable",
      message: "waited 10 s until all is ready; last seen: 20 of 50",
      lastSeen: "20 of 50",
    });
    assert.equal(clock.now(), 10_000);
  });

  it("does not wait for a look that does not end", async () => {
    const clock = new VirtualClock();
    const wait = waitUntil("it answers", termsOf(clock), () => new Promise(() => undefined));
    await assert.rejects(clock.run(wait), { message: "waited 10 s until it answers; last seen: nothing yet" });
  });

  it("ends as soon as it is interrupted, and passes on what a look throws", async () => {
    const clock = new VirtualClock();
    const interruption = new AbortController();
    const look = async (): Promise<Seen<never>> => {
      if (clock.now() >= 2_000) interruption.abort();
      return { seen: "nothing" };
    };
    await assert.rejects(clock.run(waitUntil("x", termsOf(clock, interruption.signal), look)), { message: "interrupted" });
    assert.equal(clock.now(), 2_000);
    const refused = waitUntil("x", termsOf(clock), () => Promise.reject(new Error("refused")));
    await assert.rejects(clock.run(refused), { message: "refused" });
  });
});
