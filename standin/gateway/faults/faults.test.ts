import assert from "node:assert/strict";
import { readSettings } from "../gateway";

describe("the gateway's settings", () => {
  it("default to Plano 0.4.27's behaviour", () => {
    const { fault, podName: _, ...others } = readSettings({ POD_NAME: "", STANDIN_RELEASE: "" });
    assert.equal(fault.name, "none");
    assert.deepEqual(others, {
      configFile: "/app/plano_config.yaml",
      port: undefined,
      metricsPort: 9092,
      redisReconnect: false,
      release: undefined,
    });
  });

  it("are refused all at once", () => {
    const message =
      /^STANDIN_FAULT is "gremlins"; use one of none, memory-cache, .*; STANDIN_PORT is "-1"; use a whole number from 0 to 65535; STANDIN_REDIS_RECONNECT is "yes"; use one of false, true$/;
    assert.throws(() => readSettings({ STANDIN_FAULT: "gremlins", STANDIN_REDIS_RECONNECT: "yes", STANDIN_PORT: "-1" }), {
      message,
    });
  });
});
