import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { proofChecks, settingSpecs, standinFaults, type SettingSpec } from "./schema";
import { faults } from "../standin/gateway/faults";
import { checks } from "../verify/checks";

const project = parse(readFileSync(join(__dirname, "..", "Pulumi.yaml"), "utf8")) as {
  readonly name: string;
  readonly main: string;
  readonly config: Readonly<Record<string, object>>;
};

/** How Pulumi.yaml has to describe a key; the comment above its config block says why only text has a type. */
function declared(spec: SettingSpec): object {
  return {
    description: spec.description,
    ...(spec.type === "string" && !spec.secret ? { type: "string" } : {}),
    ...(spec.secret ? { secret: true } : {}),
    default: spec.default,
  };
}

describe("Pulumi.yaml", () => {
  it("names the program, for Pulumi would else take what the package exports, which has no resources", () => {
    assert.equal(project.main, "index.ts");
  });
});

describe("the settings' schema", () => {
  it("is what Pulumi.yaml declares: names, types, defaults and descriptions", () => {
    // Where a project comes from, as `pulumi new` notes it.
    const { "pulumi:tags": _, ...config } = project.config;
    assert.deepEqual(config, Object.fromEntries(settingSpecs.map((spec) => [spec.key, declared(spec)])));
  });

  it("describes every key, and says the type of those that are not text", () => {
    for (const spec of settingSpecs) {
      const start = { string: /./, integer: /^Integer\. /, object: /^Object \{/ }[spec.type];
      assert.match(spec.description, start, spec.key);
      assert.match(spec.description, /\.$/, spec.key);
    }
  });

  it("knows the stand-in's faults", () => {
    assert.deepEqual(
      [...standinFaults],
      faults.map(({ name }) => name),
    );
  });

  it("knows the verifier's checks", () => {
    // What disturbs the deployment is no part of an up.
    const calm = checks.filter(({ disruptive }) => disruptive !== true).map(({ id }) => id);
    assert.deepEqual([...proofChecks], calm);
  });
});
