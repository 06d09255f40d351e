import assert from "node:assert/strict";
import { faults, findFault } from ".";
import { readSettings } from "../settings";

const promised = [
  "none",
  "memory-cache",
  "local-cache-first",
  "ignore-header",
  "pin-by-pod",
  "no-pin-write",
  "ttl-extended-on-read",
  "ttl-wrong",
  "ttl-missing",
  "value-missing",
  "value-wrong-model",
  "no-tenant",
  "reroute-on-third",
  "wrong-key",
  "race-split",
  "header-case-sensitive",
  "upstream-model-drift",
  "trace-always-routing",
  "no-traces",
  "wrong-pod-attribute",
  "prefix-collision",
  "error-every-nth",
  "session-by-connection",
  "no-reconnect",
];

describe("the fault table", () => {
  it("holds every promised mode", () => {
    assert.deepEqual(
      promised.filter((name) => findFault(name) === undefined),
      [],
    );
  });

  it("names each mode once, `none` first", () => {
    const names = faults.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    assert.equal(names[0], "none");
  });

  for (const fault of faults.filter(({ name }) => name !== "none")) {
    it(`says of ${fault.name} what it imitates, who catches it, and what it changes`, () => {
      assert.match(fault.imitates, /^[^\n]{15,140}$/);
      assert.ok(fault.caughtBy.length > 0);
      assert.ok(fault.change !== undefined || fault.forbidsReconnect === true);
    });
  }
});

describe("the gateway's settings", () => {
  it("default to Plano 0.4.27's behaviour", () => {
    const { fault, redisReconnect, atomicFirstRequest, drain, metricsPort, configFile } = readSettings({});
    assert.deepEqual(
      { fault: fault.name, redisReconnect, atomicFirstRequest, drain, metricsPort, configFile },
      {
        fault: "none",
        redisReconnect: false,
        atomicFirstRequest: false,
        drain: false,
        metricsPort: 9092,
        configFile: "/app/plano_config.yaml",
      },
    );
  });

  it("are refused all at once", () => {
    const env = { STANDIN_FAULT: "gremlins", STANDIN_DRAIN: "yes", STANDIN_PORT: "-1" };
    assert.throws(
      () => readSettings(env),
      (error: Error) => {
        assert.match(error.message, /^STANDIN_FAULT is "gremlins"; use one of none, memory-cache, .*session-by-connection/);
        assert.match(error.message, /; STANDIN_PORT is "-1"; use a whole number from 0 to 65535; /);
        assert.match(error.message, /; STANDIN_DRAIN is "yes"; use one of false, true$/);
        return true;
      },
    );
  });
});
