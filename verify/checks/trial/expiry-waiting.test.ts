import assert from "node:assert/strict";
import { Waiting } from "./waiting";
import type { Clock } from "../../common/clock";
import { pinLifetime } from "../../register";
import type { Progress } from "../../common/progress";

/** A clock that is as late as it was told to sleep; a sleep ends in the order of its time. */
class FakeClock implements Clock {
  #now = 0;
  readonly #sleepers: { readonly until: number; readonly wake: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      const wake = (): void => {
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      signal?.addEventListener("abort", wake);
      this.#sleepers.push({ until: this.#now + ms, wake });
    });
  }

  async runUntil(time: number): Promise<void> {
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      this.#sleepers.sort((a, b) => a.until - b.until);
      const [first] = this.#sleepers;
      if (first === undefined || first.until > time) break;
      this.#now = Math.max(this.#now, first.until);
      this.#sleepers.shift()?.wake();
    }
    this.#now = time;
  }
}

describe("waiting for the end of pins", () => {
  it("says first how long it takes, then what is left, and counts the seconds", async () => {
    const told: Parameters<Progress>[0][] = [];
    const clock = new FakeClock();
    const run = {
      clock,
      progress: (event: (typeof told)[number]) => void told.push(event),
      signal: new AbortController().signal,
    };
    await using waiting = new Waiting(run, 4, pinLifetime(600));
    assert.deepEqual(told, [
      { phase: "expiry: 4 sessions, for as long as a pin lives: 600 s (--ttl), about 10 min", done: 0, total: 601 },
    ]);
    const half = waiting.until("the read at 50 %", 300_000);
    await clock.runUntil(299_500);
    assert.deepEqual([told.length, told.at(-1)?.done], [300, 299]);
    await clock.runUntil(300_000);
    assert.equal(await half, true);
    const late = waiting.until("the read at 90 %", 540_000);
    assert.deepEqual(told.at(-1), {
      phase: "expiry: 4 sessions, waiting for the read at 90 %; 301 s left",
      done: 300,
      total: 601,
    });
    // A session that is slower does not turn it back.
    await waiting.until("the read at 50 %", 300_000);
    assert.match(told.at(-1)?.phase ?? "", /the read at 90 %/);
    await clock.runUntil(540_000);
    assert.equal(await late, true);
  });

  it("ends at once when the run is called off", async () => {
    const off = new AbortController();
    const clock = new FakeClock();
    await using waiting = new Waiting({ clock, progress: () => undefined, signal: off.signal }, 1, pinLifetime(600));
    const half = waiting.until("the read at 50 %", 300_000);
    off.abort();
    assert.equal(await half, false);
    assert.equal(clock.now(), 0);
  });

  it("sleeps a life that is longer than a timer bears in parts", async () => {
    const clock = new FakeClock();
    const slept: number[] = [];
    const counting: Clock = { now: () => clock.now(), sleep: (ms, signal) => (slept.push(ms), clock.sleep(ms, signal)) };
    const run = { clock: counting, progress: () => undefined, signal: new AbortController().signal };
    const waiting = new Waiting(run, 1, pinLifetime(31_536_000));
    await waiting[Symbol.asyncDispose]();
    const end = waiting.until("the end of the pins", 3e9);
    await clock.runUntil(3e9);
    assert.equal(await end, true);
    assert.ok(
      slept.every((ms) => ms <= 2 ** 31 - 1),
      slept.join(),
    );
  });
});
