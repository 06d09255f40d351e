import assert from "node:assert/strict";
import { chooseRoute, classifyPrompt } from "./classify";

describe("the stub's classification", () => {
  const kinds = {
    deep: [
      "Prove that the square root of 2 is irrational.",
      "Analyse the trade-offs between optimistic and pessimistic locking.",
      "Walk me step by step through a proof by induction.",
      "Hello! Please derive the quadratic formula.",
      "DESIGN a rate limiter for a public API",
    ],
    fast: ["What is the capital of France?", "How many metres are in a mile?", "approve this", ""],
    none: ["Hello", "hi there!", "Thank you very much.", "Good morning"],
  };
  for (const [kind, prompts] of Object.entries(kinds)) {
    it(`knows what is ${kind}`, () => {
      for (const prompt of prompts) assert.equal(classifyPrompt(prompt), kind, prompt);
    });
  }

  it("chooses by the usual route names", () => {
    const offered = ["fast_responses", "deep_reasoning"];
    assert.equal(chooseRoute("Prove it", offered), "deep_reasoning");
    assert.equal(chooseRoute("What time is it in Rome?", offered), "fast_responses");
    assert.equal(chooseRoute("Hello", offered), undefined);
  });

  it("finds its way among routes of other names", () => {
    assert.equal(chooseRoute("Prove it", ["quick answers", "complex work"]), "complex work");
    assert.equal(chooseRoute("Prove it", ["translation"]), undefined);
  });
});
