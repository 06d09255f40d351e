import assert from "node:assert/strict";
import { chooseRoute, classifyPrompt } from "./classify";

describe("the stub's classification", () => {
  for (const prompt of [
    "Prove that the square root of 2 is irrational.",
    "Analyse the trade-offs between optimistic and pessimistic locking.",
    "Walk me step by step through a proof by induction.",
    "Hello! Please derive the quadratic formula.",
    "DESIGN a rate limiter for a public API",
    "Debug this race condition for me",
  ]) {
    it(`calls for reasoning: ${prompt}`, () => assert.equal(classifyPrompt(prompt), "deep"));
  }
  for (const prompt of ["What is the capital of France?", "How many metres are in a mile?", "approve this", ""]) {
    it(`calls for a fast answer: "${prompt}"`, () => assert.equal(classifyPrompt(prompt), "fast"));
  }
  for (const prompt of ["Hello", "hi there!", "Thank you very much.", "Good morning"]) {
    it(`fits no route: ${prompt}`, () => assert.equal(classifyPrompt(prompt), "none"));
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
