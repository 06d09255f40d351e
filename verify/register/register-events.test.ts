import assert from "node:assert/strict";
import { duration, registerEvents } from ".";
import { exchangeOf } from "../testing/samples";

describe("registerEvents", () => {
  const routes: Readonly<Record<string, string>> = { quick: "small" };
  const modelOf = (prompt: string): string | undefined => routes[prompt];

  it("takes request, answer, replica, model and route", () => {
    assert.deepEqual(registerEvents([exchangeOf("a quick large", { sentAt: 3, answeredAt: 9 })], modelOf), [
      { invokedAt: 3, returnedAt: 9, replica: "a", routed: "small", model: "large" },
    ]);
  });

  it("adds an unanswered event for each attempt that failed, and none for a question that was not sent", () => {
    const retried = exchangeOf("a quick large", { attempts: 3 });
    const failed = exchangeOf("a quick !HTTP 500");
    const notSent = exchangeOf("a quick !not asked any more", { attempts: 0 });
    const modelsOf = (...exchanges: Parameters<typeof registerEvents>[0]): (string | undefined)[] =>
      registerEvents(exchanges, modelOf).map(({ model }) => model);
    assert.deepEqual(modelsOf(retried), ["large", undefined, undefined]);
    assert.deepEqual(modelsOf(failed), [undefined]);
    assert.deepEqual(modelsOf(notSent), []);
  });
});

describe("duration", () => {
  it("is short", () => {
    assert.deepEqual([0.4, 35, 999, 1_000, 1_840, 12_345, 600_000, 123_456].map(duration), [
      "0 ms",
      "35 ms",
      "999 ms",
      "1 s",
      "1.8 s",
      "12.3 s",
      "600 s",
      "123 s",
    ]);
  });
});
