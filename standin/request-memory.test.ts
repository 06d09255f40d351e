import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { EventEmitter } from "node:events";
import type { HttpError } from "./http-error";
import { countValues, type HeldMemory, RequestMemory } from "./request-memory";

const KIB = 1024;

describe("the memory that requests may hold", () => {
  const small = Buffer.from("{}");
  const large = Buffer.alloc(100 * KIB, "x");
  const full = { name: "HttpError", status: 503, message: /in use; try again later/ };

  function begin(memory: RequestMemory): { held: HeldMemory; close(): void } {
    const response = new EventEmitter();
    return { held: memory.hold(response as ServerResponse), close: () => void response.emit("close") };
  }

  it("is refused when others hold it, and given back when a response is closed", () => {
    const memory = new RequestMemory(20 * KIB);
    const first = begin(memory);
    first.held.parse(small);
    assert.throws(() => begin(memory).held.parse(small), full);
    first.close();
    begin(memory).held.parse(small);
  });

  it("has a share for small bodies, whatever large ones hold", () => {
    const memory = new RequestMemory(20 * KIB, 700 * KIB);
    begin(memory).held.receive(650 * KIB);
    assert.throws(() => begin(memory).held.receive(100 * KIB), full);
    assert.throws(() => begin(memory).held.parse(large), full);
    begin(memory).held.receive(16 * KIB);
    begin(memory).held.parse(small);
  });

  it("is reckoned anew as a body grows and is parsed, not added up", () => {
    const memory = new RequestMemory(0, 700 * KIB);
    const { held } = begin(memory);
    for (const size of [200, 400, 600]) held.receive(size * KIB);
    held.parse(large);
  });

  it("holds nothing for a client that has gone", () => {
    const memory = new RequestMemory(20 * KIB);
    const gone = begin(memory);
    gone.close();
    gone.held.parse(small);
    begin(memory).held.parse(small);
  });

  it("is not asked for again by a body that has too many values ever to fit", () => {
    const dense = Buffer.from(`[${"{},".repeat(10_000)}{}]`);
    assert.throws(
      () => begin(new RequestMemory(undefined, KIB * KIB)).held.parse(dense),
      (error: HttpError) => error.status === 413 && error.message.includes("has more values than the gateway has memory for"),
    );
  });

  it("counts no character of a string as a value", () => {
    assert.equal(countValues(Buffer.from('"a,b:{[\\",,"')), 1);
    assert.equal(countValues(Buffer.from('{"a":[1,{}]}')), 6);
    assert.equal(countValues(Buffer.from('"\\\\",')), 2);
  });
});
