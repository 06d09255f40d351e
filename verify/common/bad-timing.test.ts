import assert from "node:assert/strict";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { TooLate, within } from "./within";

const never = new AbortController().signal;

/** Work that ends only when it is called off. */
const endless = async (signal: AbortSignal): Promise<never> => {
  await once(signal, "abort");
  throw new Error("called off");
};

describe("within a limit", () => {
  it("gives what the work gives, or the work's own error", async () => {
    assert.equal(await within(10_000, never, async () => 5), 5);
    await assert.rejects(
      within(10_000, never, () => Promise.reject(new Error("broken"))),
      { message: "broken" },
    );
  });

  it("ends work that takes too long, and says that it did", async () => {
    await assert.rejects(within(20, never, endless), (error) => error instanceof TooLate);
  });

  it("ends it also when memory is cleaned meanwhile", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const ended = within(200, never, endless).then(
      () => "done",
      (error: unknown) => (error as Error).name,
    );
    for (let i = 0; i < 5; i++) {
      collect();
      await delay(20);
    }
    assert.equal(await Promise.race([ended, delay(5_000, "still waiting", { ref: false })]), "TooLate");
  });

  it("ends it when it is called off, before or meanwhile, which is no lateness", async () => {
    const caller = new AbortController();
    const running = within(10_000, caller.signal, endless);
    caller.abort(new Error("interrupted"));
    await assert.rejects(running, { message: "called off" });
    await assert.rejects(
      within(10_000, caller.signal, async (signal) => signal.throwIfAborted()),
      { message: "interrupted" },
    );
  });
});
