import assert from "node:assert/strict";
import { NotYet, waitUntil } from "./wait";

describe("waitUntil", () => {
  const wait = (look: () => Promise<string>, signal = new AbortController().signal): Promise<string> =>
    waitUntil({ run: { signal }, limits: { intervalMs: 1 } }, "all is ready", 20, look);
  const nothing = async (): Promise<never> => {
    throw new NotYet("1 of 2");
  };

  it("looks until it is done, and passes on what a look throws", async () => {
    let looks = 0;
    assert.equal(await wait(async () => (++looks < 3 ? nothing() : "here")), "here");
    await assert.rejects(
      wait(() => Promise.reject(new Error("refused"))),
      { message: "refused" },
    );
  });

  it("names subject, limit and what was last seen when it is too late, and is not late when it is interrupted", async () => {
    const message = "waited 0.02 s until all is ready; last seen: 1 of 2";
    await assert.rejects(wait(nothing), { name: "Unmeasurable", message, lastSeen: "1 of 2" });
    const interrupted = AbortSignal.abort(new Error("by somebody"));
    await assert.rejects(wait(nothing, interrupted), { name: "Unmeasurable", message: "interrupted" });
  });
});
