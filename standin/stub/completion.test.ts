import assert from "node:assert/strict";
import { readChatRequest } from "../chat";
import { complete, completionBody } from "./completion";

const request = readChatRequest({ model: "openai/gpt-5.2", messages: [{ role: "user", content: "What is 2 + 2?" }] });

describe("the stub's completion", () => {
  it("echoes the model letter for letter and counts tokens", () => {
    const body = completionBody(complete(request)) as Record<string, unknown>;
    assert.equal(body["model"], "openai/gpt-5.2");
    assert.equal(body["object"], "chat.completion");
    assert.deepEqual(body["usage"], { prompt_tokens: 4, completion_tokens: 12, total_tokens: 16 });
  });
});

describe("a chat request", () => {
  const violations: [string, Record<string, unknown>, RegExp][] = [
    ["no model", { messages: [{ role: "user" }] }, /`model` must be a non-empty string/],
    ["no messages", { model: "m", messages: [] }, /`messages` must be a non-empty list/],
    ["a message without role", { model: "m", messages: ["hi"] }, /`messages\[0\].role` must be a string/],
  ];
  for (const [what, fields, message] of violations) {
    it(`is refused with ${what}`, () => assert.throws(() => readChatRequest(fields), { status: 400, message }));
  }

  it("may have its text in parts", () => {
    const content = [{ type: "text", text: "a" }, { type: "image_url" }, { type: "text", text: "b" }];
    assert.equal(readChatRequest({ model: "m", messages: [{ role: "user", content }] }).messages[0]?.text, "a\nb");
  });
});
