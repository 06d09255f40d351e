import assert from "node:assert/strict";
import { decodePin, MemoryPinStore } from "./pin";

describe("a pin", () => {
  it("may lack a route, and is as good as absent when its value names no model", () => {
    assert.deepEqual(decodePin('{"model_name":"openai/gpt-5.2"}'), { modelName: "openai/gpt-5.2", routeName: null });
    for (const value of ["", "null", "[]", "openai/gpt-5.2", '{"anchor_model":"openai/gpt-5.2"}', '{"model_name":1}']) {
      assert.equal(decodePin(value), undefined, value);
    }
  });
});

describe("the memory store", () => {
  it("forgets at the end of the lifetime and not before", async () => {
    let now = 0;
    const store = new MemoryPinStore(10, () => now);
    await store.put("a", "1", 5);
    await store.put("b", "2", undefined);
    now = 4_999;
    assert.equal(await store.get("a"), "1");
    now = 5_000;
    assert.equal(await store.get("a"), undefined);
    assert.equal(await store.get("b"), "2");
  });

  it("gives up the oldest when it is full", async () => {
    const store = new MemoryPinStore(2);
    for (const key of ["a", "b", "a", "c"]) await store.put(key, key, 5);
    assert.deepEqual(await Promise.all(["a", "b", "c"].map((key) => store.get(key))), ["a", undefined, "c"]);
  });
});
