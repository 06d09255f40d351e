import assert from "node:assert/strict";
import { type ModelApi, readChatRequest } from "../chat";

describe("a request", () => {
  const violations: [string, Record<string, unknown>, RegExp, ModelApi?][] = [
    ["no input", { model: "m", input: [] }, /`input` must be a non-empty list/, "responses"],
    ["an item of no kind", { model: "m", input: [{}] }, /`input\[0\].role` must be a string/, "responses"],
    ["a message of no role", { model: "m", messages: [{ type: "text" }] }, /`messages\[0\].role` must be a string/, "messages"],
    ["no model", { messages: [{ role: "user" }] }, /`model` must be a non-empty string/],
    ["no messages", { model: "m", messages: [] }, /`messages` must be a non-empty list/],
    ["a message without role", { model: "m", messages: ["hi"] }, /`messages\[0\].role` must be a string/],
  ];
  for (const [what, fields, message, api] of violations) {
    it(`is refused with ${what}`, () => assert.throws(() => readChatRequest(fields, api), { status: 400, message }));
  }

  it("has the same conversation in every API, without what tools have said", () => {
    const said = [
      { role: "system", text: "be brief" },
      { role: "user", text: "why" },
    ] as const;
    const user = { role: "user", content: [{ type: "input_text", text: "why" }] };
    const read = (api: ModelApi, fields: object) =>
      readChatRequest({ model: "m", ...fields }, api).messages.filter(({ text }) => text !== "");
    const result = { role: "user", content: [{ type: "tool_result", tool_use_id: "1", content: "because" }] };
    assert.deepEqual(read("messages", { system: [{ type: "text", text: "be brief" }], messages: [user, result] }), said);
    const output = { type: "function_call_output", call_id: "1", output: "because" };
    assert.deepEqual(read("responses", { instructions: "be brief", input: [user, output] }), said);
    assert.deepEqual(read("responses", { instructions: "be brief", input: "why" }), said);
  });

  it("may have its text in parts", () => {
    const content = [{ type: "text", text: "a" }, { type: "image_url" }, { type: "text", text: "b" }];
    assert.equal(readChatRequest({ model: "m", messages: [{ role: "user", content }] }).messages[0]?.text, "a\nb");
  });
});
