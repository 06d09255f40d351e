import assert from "node:assert/strict";
import { settingSpecs, type SettingDefault, type SettingSpec } from "../../settings/schema";
import { cells, inlineCode, readPage } from "./markdown";

const rows = readPage("docs/configuration.md")
  .prose.filter((line) => line.startsWith("| `"))
  .map(cells);

/** How the page writes a default; objects are said in words. */
function written(value: SettingDefault): string | undefined {
  return typeof value === "object" ? undefined : String(value);
}

describe("docs/configuration.md", () => {
  it("has every key, in the order of Pulumi.yaml, and no other", () => {
    assert.deepEqual(
      rows.flatMap(([keys = ""]) => inlineCode(keys)),
      settingSpecs.map(({ key }) => key),
    );
  });

  it("has the defaults of the program", () => {
    for (const [keys = "", , defaults = ""] of rows) {
      for (const [i, key] of inlineCode(keys).entries()) {
        const spec = settingSpecs.find((it) => it.key === key);
        const expected = spec && written(spec.default);
        if (expected !== undefined) assert.equal(inlineCode(defaults)[i], expected, key);
      }
    }
  });

  it("has every value of those that have few", () => {
    for (const [keys = "", values = "", defaults = ""] of rows) {
      const [key] = inlineCode(keys);
      const spec: SettingSpec | undefined = settingSpecs.find((it) => it.key === key);
      const named = [...inlineCode(values), ...inlineCode(defaults)];
      for (const value of spec?.values ?? []) assert.ok(named.includes(value), `${key}: ${value}`);
    }
  });

  it("says which keys are secret", () => {
    for (const [keys = "", values = ""] of rows) {
      const secrets = settingSpecs.filter((it) => inlineCode(keys).includes(it.key) && "secret" in it);
      assert.equal(values.startsWith("secret"), secrets.length > 0, keys);
    }
  });
});
