import assert from "node:assert/strict";
import { mostSimilar } from "./similar";

describe("the most similar name", () => {
  const known = ["minReplicas", "maxReplicas", "image"];

  it("is the nearest, whatever its case", () => {
    assert.equal(mostSimilar("MINREPLICA", known), "minReplicas");
    assert.equal(mostSimilar("images", known), "image");
  });

  it("is none when none is near", () => {
    assert.equal(mostSimilar("flavour", known), undefined);
    assert.equal(mostSimilar("x", []), undefined);
  });
});
