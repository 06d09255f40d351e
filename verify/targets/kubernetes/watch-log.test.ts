import assert from "node:assert/strict";
import { ApiFailure } from "../namespace-api";
import { accusation } from "./watch-log";

describe("what the watch says of a gateway", () => {
  const lost =
    "the gateway has no connection to Redis, which answers, and makes none: it has lost it, or keeps its pins elsewhere";
  for (const [what, lines, said] of [
    ["is its last accusation, whatever it says of a drain", [lost, "the gateway does not answer /v1/models", "drained"], 1],
    ["is nothing where it only waited and drained", ["Redis at redis:6379 does not let this pod in yet: ", "drained"], undefined],
  ] as const) {
    it(what, async () => {
      const log = async (_pod: string, _query: unknown, _limitMs: number, onLine: (line: string) => void) =>
        lines.forEach((line) => onLine(line));
      assert.equal(await accusation({ log }, "a", 10), said === undefined ? undefined : lines[said]);
    });
  }

  it("is nothing where it may not be read", async () => {
    const log = () => Promise.reject(new ApiFailure("HTTP 403", 403, false));
    assert.equal(await accusation({ log }, "a", 10), undefined);
  });
});
