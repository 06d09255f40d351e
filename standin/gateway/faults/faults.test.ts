import assert from "node:assert/strict";
import { readSettings } from "../gateway";

describe("the gateway's settings", () => {
  it("default to Plano 0.4.27's behaviour", () => {
    const { fault, podName: _, ...others } = readSettings({ POD_NAME: "", STANDIN_RELEASE: "" });
    assert.equal(fault, "none");
    assert.deepEqual(others, {
      configFile: "/app/plano_config.yaml",
      port: undefined,
      metricsPort: 9092,
      release: undefined,
      warmSeconds: 300,
    });
  });

  for (const [name, value, allowed] of [
    ["STANDIN_FAULT", "gremlins", "one of none, memory-cache, "],
    ["STANDIN_PORT", "-1", "a whole number from 0 to 65535"],
    ["STANDIN_WARM_SECONDS", "soon", "a whole number from 0 to 65535"],
    ["STANDIN_PORT", "65536", "a whole number from 0 to 65535"],
  ] as const)
    it(`are refused with ${name} ${value}`, () => {
      const message = new RegExp(`^${name} is "${value}"; use ${allowed}`);
      assert.throws(() => readSettings({ [name]: value }), { name: "StartupError", message });
    });
});
