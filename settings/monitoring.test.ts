import assert from "node:assert/strict";
import { loadSettings, settleByCluster } from ".";
import { monitoringLabels } from "./monitoring";

describe("the setting monitoring", () => {
  it("is on, or on with labels", () => {
    assert.deepEqual(monitoringLabels("on"), { value: {} });
    assert.deepEqual(monitoringLabels("release=prometheus,example.com/team=llm"), {
      value: { release: "prometheus", "example.com/team": "llm" },
    });
  });

  for (const text of ["true", "auto", "release=a b", "=prometheus", "on,release=x", "a=b=c"]) {
    it(`is not ${text}`, () => {
      const parsed = monitoringLabels(text);
      assert.ok("reason" in parsed);
      assert.match(parsed.reason, /^".*" is neither off, on nor a label such as release=prometheus$/);
    });
  }
});

describe("the setting monitoring, of a stack", () => {
  const load = (values: object = {}) => loadSettings({ values: new Map(Object.entries(values)), secretKeys: new Set() });

  it("is off unless it is set", () => {
    assert.equal(load().monitoring, undefined);
    assert.equal(load({ monitoring: "off" }).monitoring, undefined);
    assert.deepEqual(load({ monitoring: "release=prometheus" }).monitoring, { release: "prometheus" });
  });

  for (const kind of ["sandbox", "kind"] as const) {
    it(`is refused on ${kind}, and goes with a cluster that exists`, () => {
      const settings = load({ monitoring: "on" });
      assert.throws(() => settleByCluster(settings, kind), {
        message: `monitoring: a cluster of kind ${kind} has no Prometheus Operator.\n  → pulumi config set monitoring off, or pulumi config set cluster existing`,
      });
      assert.doesNotThrow(() => settleByCluster(settings, "existing"));
      assert.doesNotThrow(() => settleByCluster(load(), kind));
    });
  }
});
