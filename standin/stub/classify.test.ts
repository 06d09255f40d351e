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

  const usual = { fast_responses: "short factual questions", deep_reasoning: "proofs and other problems" };
  const own = {
    code_generation: "generating new code, functions and tests",
    code_review: "explaining, reviewing and documenting existing code",
    travel: "trips, hotels and flights",
  };
  const routed: readonly (readonly [prompt: string, offered: Readonly<Record<string, string>>, route: string | undefined])[] = [
    ["Prove it", usual, "deep_reasoning"],
    ["What time is it in Rome?", usual, "fast_responses"],
    ["Hello", usual, undefined],
    ["Prove it", { "quick answers": "", "complex work": "" }, "complex work"],
    ["Prove it", { translation: "texts in other languages" }, undefined],
    ["Write tests and a function for this code", own, "code_generation"],
    ["Please review this code and explain it", own, "code_review"],
    ["Book a hotel for my trip", own, "travel"],
    // All that it shares with the routes is shared by two of them.
    ["Some code", own, undefined],
  ];
  for (const [prompt, offered, route] of routed)
    it(`sends "${prompt}" by ${Object.keys(offered).join(", ")} to ${route}`, () => {
      const routes = Object.entries(offered).map(([name, description]) => ({ name, description }));
      assert.equal(chooseRoute(prompt, routes), route);
    });
});
