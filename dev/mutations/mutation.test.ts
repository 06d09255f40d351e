import assert from "node:assert/strict";
import { shortcomings, type Mutation, type Outcome, type Said } from "./mutation";
import { exemplary } from "./page";

const pass: Said = { id: "pinning", verdict: "pass", summary: "all kept their model" };
const fail: Said = { id: "redis", verdict: "fail", summary: "key k does not exist" };
const mutation: Mutation = { fault: "wrong-key", named: { redis: /^key \S+ does not exist/ } };
const caught: Outcome = { verdict: "fail", reason: "redis: key k does not exist", checks: [pass, fail] };

describe("a mutation", () => {
  it("is caught when the check that names it fails with its message, and no other check does", () => {
    assert.deepEqual(shortcomings(mutation, caught), []);
  });

  it("is missed by a pass", () => {
    const checks = [pass, { id: "redis", verdict: "pass", summary: "all there" }] as const;
    assert.deepEqual(shortcomings(mutation, { verdict: "pass", reason: null, checks }), [
      "the run's verdict is pass, not fail",
      "redis says pass, not fail: all there",
      "the run's reason quotes none of them: null",
    ]);
  });

  it("is not caught by a check that says something else, is unknown or was not run", () => {
    const redisSaying = (said: Partial<Said>): string[] => shortcomings(mutation, { ...caught, checks: [{ ...fail, ...said }] });
    assert.deepEqual(redisSaying({ summary: "no TTL" }), ["redis says something else: no TTL"]);
    assert.deepEqual(redisSaying({ verdict: "unknown" }), ["redis says unknown, not fail: key k does not exist"]);
    assert.deepEqual(shortcomings(mutation, { ...caught, checks: [pass] }), ["redis was not run"]);
  });

  it("is not caught when another check accuses the gateway as well, but for those left to chance", () => {
    const accusing = { ...caught, checks: [{ ...pass, verdict: "fail", summary: "broken" } as const, fail] };
    assert.deepEqual(shortcomings(mutation, accusing), ["pinning says fail and should not: broken"]);
    assert.deepEqual(shortcomings({ ...mutation, chance: ["pinning"] }, accusing), []);
  });

  it("may be unknown only where the table says why, and may not be a fail then", () => {
    const unknown: Mutation = { ...mutation, unknownBecause: "nothing is left to measure" };
    assert.deepEqual(shortcomings(unknown, caught), [
      "the run's verdict is fail, not unknown",
      "redis says fail, not unknown: key k does not exist",
    ]);
    const checks = [pass, { ...fail, verdict: "unknown" } as const];
    assert.deepEqual(shortcomings(unknown, { ...caught, verdict: "unknown", checks }), []);
  });
});

describe("a message in docs/faults.md", () => {
  it("has examples for what differs from run to run, and ends with what was found", () => {
    assert.equal(
      exemplary("trace fba60e110152fb8c0000000000000027: a pinned request to b was routed again (and 11 more)"),
      "trace 0123456789abcdef0123456789abcdef: a pinned request to b was routed again",
    );
    assert.equal(
      exemplary("key plano:affinity:acme:e2c29b38-001 does not exist"),
      "key plano:affinity:acme:1a2b3c4d-001 does not exist",
    );
    assert.equal(
      exemplary("its pin must have run out (it lives 2 s); is --ttl 2 what the gateway has as it? (and 1 more session)"),
      "its pin must have run out (it lives 2 s)",
    );
    assert.equal(exemplary("e2c29b38-race-012: extended by at least 426 ms"), "1a2b3c4d-race-012: extended by at least 400 ms");
  });
});
