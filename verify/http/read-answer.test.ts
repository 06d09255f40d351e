import assert from "node:assert/strict";
import { readAnswer } from "./read-answer";

function read(status: number, body: string, contentType = "application/json") {
  const { answer, retryable } = readAnswer({ status, body, contentType });
  return [answer.kind === "model" ? answer.model : answer.reason, retryable];
}

describe("readAnswer", () => {
  const cases: readonly [string, Parameters<typeof read>, string, boolean][] = [
    ["the model as the upstream wrote it", [200, '{"model":"gpt-5.2-2025-12-11","choices":[]}'], "gpt-5.2-2025-12-11", false],
    ["HTML", [200, "<html>hello</html>", "text/html; charset=utf-8"], "the answer is not a JSON object (text/html)", false],
    ["nothing", [200, " "], "the answer is empty", false],
    ["half an object", [200, '{"model":"gpt'], "the answer is not a JSON object", false],
    ["a list", [200, "[]"], "the answer is not a JSON object", false],
    ["no model", [200, '{"choices":[]}'], "the answer names no model", false],
    ["a number for a model", [200, '{"model":5}'], "the answer names no model", false],
    ["a terminal's command", [200, '{"model":"\\u001b[2J"}'], "the model in the answer is not a name", false],
    ["a very long model", [200, `{"model":"${"m".repeat(300)}"}`], "the model in the answer is not a name", false],
    ["an error with status 200", [200, '{"error":{"message":"no quota"}}'], "the answer names no model: no quota", false],
    ["an error object", [401, '{"error":{"message":"bad\\n\\u001b[1mkey"}}'], "HTTP 401: bad [1mkey", false],
    ["an error text", [400, '{"error":"bad request"}'], "HTTP 400: bad request", false],
    ["an error page", [500, "<html>", "text/html"], "HTTP 500 (text/html)", false],
    ["an empty error", [503, "", ""], "HTTP 503 with an empty body", true],
    ["a rate limit", [429, '{"error":{"message":"slow down"}}'], "HTTP 429: slow down", true],
    ["a bad gateway", [502, "{}"], "HTTP 502", true],
    ["a redirect", [302, "", ""], "HTTP 302 with an empty body", false],
  ];
  for (const [name, args, reason, retryable] of cases) {
    it(`makes sense of ${name}`, () => assert.deepEqual(read(...args), [reason, retryable]));
  }
});
