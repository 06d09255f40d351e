import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { temporaryFolder } from "../../../lib/files";
import { readmeCommand } from "../../readme";
import { readersEnvironment, ReadersShell } from "../../readme-shell";
import { twoGateways } from "./trial-gateways";

describe("the README's commands for gateway developers, on two stand-ins", function () {
  this.timeout(120_000);
  let shell: ReadersShell;
  let replicas: Readonly<Record<string, string>>;
  const started = twoGateways();

  before(async () => {
    shell = new ReadersShell(resolve(__dirname, "..", "..", ".."), readersEnvironment());
    replicas = { "http://10.0.0.1:12000": started.a.url, "http://10.0.0.2:12000": started.b.url };
  });

  after(() => shell?.[Symbol.asyncDispose]());

  it("prove two endpoints, and nothing else", async () => {
    const command = readmeCommand(
      "npm run verify -- --replica a=http://10.0.0.1:12000 --replica b=http://10.0.0.2:12000",
      replicas,
    );
    const { code, output } = await shell.run(command);
    assert.equal(code, 0, output);
    assert.match(output, /│ pinning\s+│ pass\s/);
    assert.doesNotMatch(output, /│ redis\s+│ pass\s/);
  });

  it("prove them with Redis and traces, and write a page", async () => {
    await using folder = await temporaryFolder("plano-affinity-developer-");
    const command = readmeCommand(
      "npm run verify -- --replica a=http://10.0.0.1:12000 --replica b=http://10.0.0.2:12000 --redis-url redis://10.0.0.3:6379 --jaeger-url http://10.0.0.4:16686 --report html=report.html",
      {
        ...replicas,
        "redis://10.0.0.3:6379": started.redis.url,
        "http://10.0.0.4:16686": started.collector.url,
        "report.html": join(folder.path, "report.html"),
      },
    );
    const { code, output } = await shell.run(command);
    assert.equal(code, 0, output);
    for (const check of ["control", "pinning", "redis", "traces", "race"])
      assert.match(output, new RegExp(`│ ${check}\\s+│ pass\\s`), output);
    assert.ok(existsSync(join(folder.path, "report.html")));
  });

  it("smoke-test an address, and say that it proves nothing about replicas", async () => {
    const command = readmeCommand("npm run verify -- --url https://llm.example.com", {
      "https://llm.example.com": started.a.url,
    });
    const { code, output } = await shell.run(command);
    assert.equal(code, 0, output);
    assert.match(output, /proves nothing about replicas/);
  });
});
