import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { projectConfig, settingsMarkdown, versionsTable } from "./generated";
import { settingTable } from "./table";

const read = (path: string): string => readFileSync(join(__dirname, "..", path), "utf8");

describe("what npm run generate writes", () => {
  it("is the config section of Pulumi.yaml", () => {
    // `pulumi new` notes there where a project comes from.
    const { "pulumi:tags": _, ...config } = (parse(read("Pulumi.yaml")) as { config: Record<string, unknown> }).config;
    assert.deepEqual(config, projectConfig());
  });

  it("is the table of docs/configuration.md, and that of docs/versions.md", () => {
    assert.ok(read("docs/configuration.md").includes(`\n\n${settingsMarkdown()}\n\n`), "run npm run generate");
    assert.ok(read("docs/versions.md").includes(`\n\n${versionsTable()}\n\n`), "run npm run generate");
  });

  it("names the values of a key, its type where that is not text, and whether it is secret", () => {
    const { cluster, minReplicas, redisReplicas, OPENAI_API_KEY: key } = projectConfig();
    const { description } = settingTable.cluster;
    const values = "Values: auto, kind, sandbox, existing.";
    assert.deepEqual(cluster, { description: `${description} ${values}`, type: "string", default: "auto" });
    assert.match(JSON.stringify(minReplicas), /Integer: 1 to 100\.","default":2/);
    assert.match(JSON.stringify(redisReplicas), /Integer: 1, 3\."/);
    assert.match(JSON.stringify(key), /Set it with --secret\.","secret":true,"default":"none"/);
  });
});

describe("Pulumi.yaml", () => {
  it("names the program: Pulumi would otherwise run what package.json exports, which has no resources", () => {
    assert.equal((parse(read("Pulumi.yaml")) as { main: string }).main, "index.ts");
  });
});
