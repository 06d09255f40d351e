import assert from "node:assert/strict";
import type { ApiName } from "../apis";
import { readAnswer } from "./read-answer";

function read(status: number, body: string, contentType = "application/json", retryAfter?: string) {
  const headers = { "content-type": contentType, "retry-after": retryAfter };
  const { answer, retryable, waitMs = 0 } = readAnswer({ status, body, headers, path: "/v1/v1/chat" });
  return [answer.kind === "model" ? answer.model : answer.reason, retryable && waitMs > 0 ? waitMs : retryable];
}

describe("readAnswer", () => {
  const refusal = '{"error":{"message":"Incorrect API key provided: sk-proj-********-_XyZ. You can find your API key at …"}}';
  const refused = "Incorrect API key provided: …. You can find your API key at …";
  const untrusted = `Failed to determine route: Upstream returned 503: ${"…".repeat(200)}CERTIFICATE_VERIFY_FAILED:verify …`;
  const distrust = "it does not trust an upstream's certificate (CERTIFICATE_VERIFY_FAILED)";
  const cases: readonly [string, Parameters<typeof read>, string, boolean | number][] = [
    ["the model as the upstream wrote it", [200, '{"model":"gpt-5.2-2025-12-11","choices":[]}'], "gpt-5.2-2025-12-11", false],
    ["HTML", [200, "<html>hello</html>", "text/html; charset=utf-8"], "the answer is not a JSON object (text/html)", false],
    ["nothing", [200, " "], "the answer is empty", false],
    ["a list", [200, "[]"], "the answer is not a JSON object", false],
    ["no model", [200, '{"choices":[]}'], "the answer names no model", false],
    ["a number for a model", [200, '{"model":5}'], "the answer names no model", false],
    ["a terminal's command", [200, '{"model":"\\u001b[2J"}'], "the model in the answer is not a name", false],
    ["a very long model", [200, `{"model":"${"m".repeat(300)}"}`], "the model in the answer is not a name", false],
    ["an error with status 200", [200, '{"error":{"message":"no quota"}}'], "the answer names no model: no quota", false],
    ["an error object", [401, '{"error":{"message":"bad\\n\\u001b[1mkey"}}'], "HTTP 401: bad [1mkey", false],
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
    ["OpenAI's refusal, which shows both ends of the key", [401, refusal], `HTTP 401: ${refused}`, false],
    ["an upstream's certificate, in Plano's words", [500, untrusted, ""], `HTTP 500: ${distrust}`, false],
    ["a bad gateway", [502, "{}"], "HTTP 502", true],
    ["a redirect", [302, "", ""], "HTTP 302 with an empty body", false],
  ];
  for (const [name, args, reason, retryable] of cases) {
    it(`makes sense of ${name}`, () => assert.deepEqual(read(...args), [reason, retryable]));
  }
});

describe("readAnswer of a stream", () => {
  const said = (api: ApiName, body: string, contract = {}): string => {
    const headers = { "content-type": "text/event-stream", "x-model": "small" };
    const { answer, retryable } = readAnswer({ status: 200, body, headers }, contract, { api, stream: true });
    assert.equal(retryable, false);
    return answer.kind === "model" ? answer.model : answer.reason;
  };
  const events = (...data: readonly (object | string)[]): string =>
    data.map((it) => `data: ${typeof it === "string" ? it : JSON.stringify(it)}\n\n`).join("");
  const chunk = { model: "small", choices: [] };
  const start = { type: "message_start", message: { model: "small", content: [] } };
  const created = { type: "response.created", response: { model: "small", error: null } };
  const overloaded = { type: "error", error: { type: "overloaded_error", message: "Overloaded, sk-abc" } };
  const failed = { type: "response.failed", response: { model: "small", error: { code: "server_error", message: "down" } } };
  const completed = { ...created, type: "response.completed" };
  const stop = { type: "message_stop" };
  const quota = { error: { message: "no quota" } };
  const header = { servedModel: { header: "X-Model" } };
  const field = { servedModel: { body: "by" } };
  const cut = "the stream was cut off";

  const cases: readonly [name: string, api: ApiName, body: string, said: string, contract?: object][] = [
    ["chunks, the first of which names no model, as Azure's", "chat", events({ model: "" }, chunk, chunk, "[DONE]"), "small"],
    [
      "comments, fields and ends of lines of all kinds",
      "chat",
      `: hi\r\n\r\nid: 1\r\ndata:{"model":\rdata: "small"}\n\ndata: [DONE]`,
      "small",
    ],
    ["a message", "messages", events(start, { type: "ping" }, stop), "small"],
    ["a response, and a mark that it need not have", "responses", events(created, completed, "[DONE]"), "small"],
    ["a response that reached its limit", "responses", events(created, { ...created, type: "response.incomplete" }), "small"],
    ["a header", "chat", events({ model: "router" }, "[DONE]"), "small", header],
    ["a field of the contract", "messages", events({ ...start, message: { by: "big" } }, stop), "big", field],
    ["a cut within an event", "messages", `${events(start)}data: {"type":"mess`, `${cut}: 2 events, and no message_stop`],
    ["a cut, where a header says all", "responses", events(created), `${cut}: 1 event, and no response.completed`, header],
    ["two models", "chat", events(chunk, { model: "large" }, "[DONE]"), "the stream names several models: small, large"],
    ["no model", "messages", events({ ...stop, model: "small" }), "the answer names no model (text/event-stream)"],
    ["a terminal's command", "chat", events({ model: "\u001b[2J" }, "[DONE]"), "the model in the answer is not a name"],
    ["an error", "messages", events(start, overloaded, stop), "the stream has an error: Overloaded, sk-…"],
    ["an error in a chunk", "chat", events(chunk, quota, "[DONE]"), "the stream has an error: no quota"],
    ["a response that failed", "responses", events(created, failed), "the stream has an error: down"],
    ["what is no object", "chat", events(chunk, "[1]", "[DONE]"), "an event of the stream is not a JSON object"],
    ["a whole answer", "chat", JSON.stringify(chunk), "the answer is no stream (text/event-stream)"],
    ["an error in place of it", "chat", JSON.stringify(quota), "the answer is no stream: no quota"],
    ["nothing", "chat", "\n", "the answer is empty"],
  ];
  for (const [name, api, body, expected, contract] of cases)
    it(`makes sense of ${name}`, () => assert.equal(said(api, body, contract), expected));

  it("takes a megabyte that makes no sense at once", () => {
    const before = process.cpuUsage();
    for (const piece of ["data:", "data:\n\n", "\r", 'data: {"model":"m"}\n\n', "data: [[[[\n"])
      assert.match(said("chat", piece.repeat(1_048_576 / piece.length)), /^the (stream was cut off|answer is empty)/);
    const { user, system } = process.cpuUsage(before);
    assert.ok(user + system < 15_000_000);
    // It counts its own time, not that of a machine that is busy with other things.
  }).timeout(120_000);
});

describe("readAnswer of a decision", () => {
  const read = (body: object, contract = {}) =>
    readAnswer({ status: 200, body: JSON.stringify(body), headers: {} }, contract, { api: "routing" }).answer;

  it("takes its first model, and what it says of a pin unless a header is to say it", () => {
    const decision = { models: ["small", "large"], route: null, pinned: true };
    assert.deepEqual(read(decision), { kind: "model", model: "small", saysPinned: true });
    assert.deepEqual(read({ ...decision, pinned: undefined }), { kind: "model", model: "small" });
    const pinnedHeader = { name: "x-cause", value: "pin" };
    assert.deepEqual(read(decision, { pinnedHeader }), { kind: "model", model: "small", saysPinned: false });
    for (const models of [[], "small", undefined])
      assert.deepEqual(read({ ...decision, models }), { kind: "failure", reason: "the answer names no model" });
  });
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
    const read = (cause: string, contract = {}) => readAnswer(answer({ "x-cause": cause }), contract).answer;
    assert.deepEqual(read("pin", { pinnedHeader }), { kind: "model", model: "router", saysPinned: true });
    assert.deepEqual(read("pinned", { pinnedHeader }), { kind: "model", model: "router", saysPinned: false });
    assert.deepEqual(read("pin"), { kind: "model", model: "router" });
  });
});
