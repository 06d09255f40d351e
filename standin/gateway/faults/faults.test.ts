import assert from "node:assert/strict";
import { readSettings } from "../gateway";

describe("the gateway's settings", () => {
  it("take an empty variable for one that is not set", () => {
    const { release, configFile } = readSettings({ STANDIN_RELEASE: "", PLANO_CONFIG_FILE: "" });
    assert.deepEqual([release, configFile], [undefined, "/app/plano_config.yaml"]);
  });

  for (const [name, value, allowed] of [
    ["STANDIN_PORT", "-1", "a whole number from 0 to 65535"],
    ["STANDIN_WARM_SECONDS", "soon", "a whole number from 0 to 65535"],
    ["STANDIN_PORT", "65536", "a whole number from 0 to 65535"],
  ] as const)
    it(`are refused with ${name} ${value}`, () => {
      const message = new RegExp(`^${name} is "${value}"; use ${allowed}`);
      assert.throws(() => readSettings({ [name]: value }), { name: "StartupError", message });
    });
});
