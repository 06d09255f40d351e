import assert from "node:assert/strict";
import { readAnswer } from "./read-answer";

function read(status: number, body: string, contentType = "application/json", retryAfter?: string) {
  const headers = { "content-type": contentType, "retry-after": retryAfter };
  const { answer, retryable, waitMs = 0 } = readAnswer({ status, body, headers, path: "/v1/v1/chat" });
  return [answer.kind === "model" ? answer.model : answer.reason, retryable && waitMs > 0 ? waitMs : retryable];
}

describe("readAnswer", () => {
  const cases: readonly [string, Parameters<typeof read>, string, boolean | number][] = [
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
    ["an error in a list", [400, '[{"error":{"code":400,"message":"no key"}}]'], "HTTP 400: no key", false],
    ["a message", [403, '{"message":"no access"}'], "HTTP 403: no access", false],
    ["a detail", [422, '{"detail":"no field"}'], "HTTP 422: no field", false],
    ["details", [422, '{"detail":[{"loc":["body"],"msg":"no model"}]}'], "HTTP 422: no model", false],
    ["errors", [400, '{"errors":[{"message":"no body"}]}'], "HTTP 400: no body", false],
    ["a problem", [400, '{"type":"about:blank","title":"no good"}', "application/problem+json"], "HTTP 400: no good", false],
    ["words within words", [500, '{"error":{"error":{"message":"down"}}}'], "HTTP 500: down", false],
    ["a text", [500, '"down"'], "HTTP 500: down", false],
    ["endless lists", [500, `${"[".repeat(5_000)}${"]".repeat(5_000)}`], "HTTP 500", false],
    ["an empty message", [500, '{"message":"","detail":"sk-abc"}'], "HTTP 500: sk-…", false],
    ["plain words", [503, "upstream connect error\n", "text/plain; charset=utf-8"], "HTTP 503: upstream connect error", true],
    ["words of no type", [504, "stream timeout", ""], "HTTP 504: stream timeout", false],
    ["a very long word", [500, "x".repeat(1_000_000), ""], `HTTP 500: ${"x".repeat(199)}…`, false],
    ["a page of no type", [500, "<html>", ""], "HTTP 500", false],
    ["no such path", [404, "404 page not found", "text/plain"], "HTTP 404 at /v1/v1/chat: 404 page not found", false],
    ["no such method", [405, "", ""], "HTTP 405 at /v1/v1/chat with an empty body", false],
    ["words with status 200", [200, "hello", "text/plain"], "the answer is not a JSON object: hello", false],
    ["an error page", [500, "<html>", "text/html"], "HTTP 500 (text/html)", false],
    ["an empty error", [503, "", ""], "HTTP 503 with an empty body", true],
    ["a rate limit", [429, '{"error":{"message":"slow down"}}'], "HTTP 429: slow down", true],
    ["a rate limit that ends soon", [429, "{}", undefined, "2"], "HTTP 429", 2_000],
    ["one that does not", [429, "{}", undefined, "20"], "HTTP 429; try again in 20 s", false],
    ["a time that is none", [503, "{}", undefined, "soon"], "HTTP 503", true],
    ["a time that helps nothing", [500, "{}", undefined, "2"], "HTTP 500", false],
    [
      "OpenAI's refusal, which shows both ends of the key",
      [401, '{"error":{"message":"Incorrect API key provided: sk-proj-********-_XyZ. You can find your API key at …"}}'],
      "HTTP 401: Incorrect API key provided: …. You can find your API key at …",
      false,
    ],
    [
      "an upstream's certificate, in Plano's words",
      [
        500,
        `Failed to determine route: Upstream returned 503: ${"…".repeat(200)}CERTIFICATE_VERIFY_FAILED:verify cert failed`,
        "",
      ],
      "HTTP 500: it does not trust an upstream's certificate (CERTIFICATE_VERIFY_FAILED)",
      false,
    ],
    ["a bad gateway", [502, "{}"], "HTTP 502", true],
    ["a redirect", [302, "", ""], "HTTP 302 with an empty body", false],
  ];
  for (const [name, args, reason, retryable] of cases) {
    it(`makes sense of ${name}`, () => assert.deepEqual(read(...args), [reason, retryable]));
  }
});

describe("readAnswer under a contract", () => {
  const answer = (headers: Record<string, string>, body = '{"model":"router","by":"small"}') => ({ status: 200, body, headers });
  const served = { header: "X-Model" };

  it("takes the model from a header, or from another field", () => {
    const model = (of: ReturnType<typeof readAnswer>) => (of.answer.kind === "model" ? of.answer.model : of.answer.reason);
    assert.equal(model(readAnswer(answer({ "x-model": "small" }), { servedModel: served })), "small");
    assert.equal(model(readAnswer(answer({}), { servedModel: served })), "the answer names no model in its header X-Model");
    assert.equal(model(readAnswer(answer({}), { servedModel: { body: "by" } })), "small");
    assert.equal(model(readAnswer(answer({}), { servedModel: { body: "to" } })), "the answer names no model in its field to");
  });

  it("says whether the gateway says that a pin was used, where it has a header for that", () => {
    const pinnedHeader = { name: "X-Cause", value: "pin" };
    for (const [cause, saysPinned] of [
      ["pin", true],
      ["pinned", false],
      ["", false],
    ] as const)
      assert.deepEqual(readAnswer(answer({ "x-cause": cause }), { pinnedHeader }).answer, {
        kind: "model",
        model: "router",
        saysPinned,
      });
    assert.deepEqual(readAnswer(answer({ "x-cause": "pin" })).answer, { kind: "model", model: "router" });
  });
});
