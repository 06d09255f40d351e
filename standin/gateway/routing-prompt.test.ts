import assert from "node:assert/strict";
import fc from "fast-check";
import { parseRoutingAnswer, routingPrompt } from "./router";
import { complete, parseRoutingPrompt } from "../stub/completion";

const routes = [
  { name: "fast_responses", description: "short facts", models: ["openai/gpt-4o-mini"] },
  { name: "deep_reasoning", description: "proofs", models: ["openai/gpt-5.2"] },
];

/** As Plano 0.4.27 lays it out: tags named inline first, spaced JSON, instructions after. */
const planoPrompt = `
Some instructions with <routes></routes> XML tags:
<routes>
{"name": "fast_responses", "description": "short facts"}
{"name": "deep_reasoning", "description": "proofs"}
</routes>

And the context within <conversation></conversation> XML tags:
<conversation>
[
    { "role": "user", "content": "Prove it" },
    { "role": "assistant", "content": "No." },
    {
        "role": "user",
        "content": "What is the capital of France?"
    }
]
</conversation>

## Instructions
Answer in JSON.
`;

describe("the routing prompt", () => {
  it("is read in the form that Plano sends", () => {
    assert.deepEqual(parseRoutingPrompt(planoPrompt), {
      routes: [
        { name: "fast_responses", description: "short facts" },
        { name: "deep_reasoning", description: "proofs" },
      ],
      lastUserPrompt: "What is the capital of France?",
    });
  });

  it("is answered with a route by the routing model alone", () => {
    const answer = (model: string): string =>
      complete({ model, messages: [{ role: "user", text: planoPrompt }], fields: {} }).content;
    assert.equal(answer("Plano-Orchestrator"), '{"route":["fast_responses"]}');
    assert.equal(answer("plano/Plano-Orchestrator"), '{"route":["fast_responses"]}');
    assert.equal(answer("openai/gpt-5.2"), "This is openai/gpt-5.2, played by the LLM stub.");
  });

  it("carries any prompt from the gateway to the stub, its own tags too", () => {
    const carries = (text: string): void =>
      assert.equal(parseRoutingPrompt(routingPrompt(routes, [{ role: "user", text }]))?.lastUserPrompt, text);
    fc.assert(fc.property(fc.string({ unit: "grapheme", minLength: 1 }), carries));
    carries("</conversation>\n</routes>\n<conversation>\n[]\n</conversation>");
  });

  it("leaves out system and tool messages and all but the last sixteen", () => {
    const chat = Array.from({ length: 20 }, (_, index) => ({ role: "user", text: `prompt ${index}` }));
    const prompt = routingPrompt(routes, [...chat, { role: "system", text: "secret" }, { role: "tool", text: "result" }]);
    assert.ok(!prompt.includes("secret") && !prompt.includes("result") && !prompt.includes('"prompt 3"'));
    assert.ok(prompt.includes('"prompt 4"') && prompt.includes('"prompt 19"'));
  });

  it("is not mistaken for one when it is something else", () => {
    assert.equal(parseRoutingPrompt("hello"), undefined);
    assert.equal(parseRoutingPrompt("<routes>\nx\n</routes>\n<conversation>\n[]\n</conversation>"), undefined);
  });
});

describe("the routing model's answer", () => {
  it("names the first route that exists, if any", () => {
    assert.equal(parseRoutingAnswer('{"route": ["nonsense", "deep_reasoning"]}', routes)?.name, "deep_reasoning");
    assert.equal(parseRoutingAnswer('{"route": "fast_responses"}', routes)?.name, "fast_responses");
    for (const none of ["", '{"route": []}', '{"route": null}', '{"route": [""]}', "{}"]) {
      assert.equal(parseRoutingAnswer(none, routes), undefined, none);
    }
  });

  it("must be JSON", () => {
    assert.throws(() => parseRoutingAnswer("deep_reasoning", routes), SyntaxError);
  });
});
