import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { projectConfig, settingsMarkdown, versionsTable } from "./generated";

const read = (path: string): string => readFileSync(join(__dirname, "..", path), "utf8");

describe("what npm run generate writes", () => {
  it("is the config section of Pulumi.yaml", () => {
    const { main, config: section } = parse(read("Pulumi.yaml")) as { main: string; config: Record<string, unknown> };
    // Pulumi would otherwise run what package.json exports, which has no resources.
    assert.equal(main, "index.ts");
    // `pulumi new` notes there where a project comes from.
    const { "pulumi:tags": _, ...config } = section;
    assert.deepEqual(config, projectConfig());
  });

  it("is the table of docs/configuration.md, and that of docs/versions.md", () => {
    assert.ok(read("docs/configuration.md").includes(`\n\n${settingsMarkdown()}\n\n`), "run npm run generate");
    assert.ok(read("docs/versions.md").includes(`\n\n${versionsTable()}\n\n`), "run npm run generate");
  });
});
