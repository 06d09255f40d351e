import assert from "node:assert/strict";
import { duration, registerEvents } from ".";
import { exchangeOf } from "../testing/samples";

describe("registerEvents", () => {
  const of = (...args: Parameters<typeof exchangeOf>) =>
    registerEvents([exchangeOf(...args)], (prompt) => (prompt === "quick" ? "small" : undefined));

  it("takes request, answer, replica, model and route", () => {
    const [event, ...others] = of("a quick large", { sentAt: 3, answeredAt: 9 });
    assert.deepEqual(event, { invokedAt: 3, returnedAt: 9, replica: "a", routed: "small", model: "large" });
    assert.deepEqual(others, []);
  });

  it("adds an unanswered event for each attempt that failed, and none for a question that was not sent", () => {
    const models = (...args: Parameters<typeof exchangeOf>) => of(...args).map(({ model }) => model);
    assert.deepEqual(models("a quick large", { attempts: 3 }), ["large", undefined, undefined]);
    assert.deepEqual(models("a quick !HTTP 500"), [undefined]);
    assert.deepEqual(models("a quick !not asked any more", { attempts: 0 }), []);
  });
});

describe("duration", () => {
  it("is short", () => {
    const said = [0.4, 35, 999, 1_000, 1_840, 12_345, 600_000, 123_456].map(duration).join(", ");
    assert.equal(said, "0 ms, 35 ms, 999 ms, 1 s, 1.8 s, 12.3 s, 600 s, 123 s");
  });
});
