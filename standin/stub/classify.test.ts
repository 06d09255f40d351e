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

  for (const [prompt, offered, route] of [
    ["Prove it", ["fast_responses", "deep_reasoning"], "deep_reasoning"],
    ["What time is it in Rome?", ["fast_responses", "deep_reasoning"], "fast_responses"],
    ["Hello", ["fast_responses", "deep_reasoning"], undefined],
    ["Prove it", ["quick answers", "complex work"], "complex work"],
    ["Prove it", ["translation"], undefined],
  ] as const)
    it(`sends "${prompt}" by ${offered.join(", ")} to ${route}`, () => assert.equal(chooseRoute(prompt, offered), route));
});
