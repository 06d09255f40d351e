import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import {
  startCollector,
  startGateway,
  startRedis,
  startStub,
  type StartedCollector,
  type StartedGateway,
  type StartedRedis,
  type StartedServer,
} from "../../../standin/testing";
import { readmeCommand } from "../../readme";
import { readersEnvironment, ReadersShell } from "../../readme-shell";
import type { Outcome } from "../../stacks/stack";

describe("the README's commands for gateway developers, on two stand-ins", function () {
  this.timeout(120_000);
  let folder: string;
  let shell: ReadersShell;
  let redis: StartedRedis;
  let stub: StartedServer;
  let collector: StartedCollector;
  let gateways: readonly StartedGateway[];
  let replicas: Readonly<Record<string, string>>;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "plano-affinity-developer-"));
    shell = new ReadersShell(resolve(__dirname, "..", "..", ".."), readersEnvironment());
    [redis, stub, collector] = await Promise.all([startRedis(), startStub(), startCollector()]);
    const gateway = (podName: string): Promise<StartedGateway> =>
      startGateway({ redisUrl: redis.url, stubUrl: stub.url, otlpUrl: collector.url, podName });
    const [a, b] = await Promise.all([gateway("a"), gateway("b")]);
    gateways = [a, b];
    replicas = { "http://10.0.0.1:12000": a.url, "http://10.0.0.2:12000": b.url };
  });

  after(async () => {
    for (const it of [shell, ...(gateways ?? []), collector, stub, redis]) await it?.[Symbol.asyncDispose]();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  const verify = (command: string): Promise<Outcome> => shell.run(command);

  it("prove two endpoints, and nothing else", async () => {
    const command = readmeCommand(
      "npm run verify -- --replica a=http://10.0.0.1:12000 --replica b=http://10.0.0.2:12000",
      replicas,
    );
    const { code, output } = await verify(command);
    assert.equal(code, 0, output);
    assert.match(output, /│ pinning\s+│ pass\s/);
    assert.doesNotMatch(output, /│ redis\s+│ pass\s/);
  });

  it("prove them with Redis, traces and a race, and write a page", async () => {
    const command = readmeCommand(
      "npm run verify -- --replica a=http://10.0.0.1:12000 --replica b=http://10.0.0.2:12000 --redis-url redis://10.0.0.3:6379 --jaeger-url http://10.0.0.4:16686 --checks control,pinning,redis,traces,race --report html=report.html",
      {
        ...replicas,
        "redis://10.0.0.3:6379": redis.url,
        "http://10.0.0.4:16686": collector.url,
        "report.html": join(folder, "report.html"),
      },
    );
    const { code, output } = await verify(command);
    assert.equal(code, 0, output);
    for (const check of ["control", "pinning", "redis", "traces", "race"])
      assert.match(output, new RegExp(`│ ${check}\\s+│ pass\\s`), output);
    assert.ok(existsSync(join(folder, "report.html")));
  });

  it("smoke-test an address, and say that it proves nothing about replicas", async () => {
    const command = readmeCommand("npm run verify -- --url https://llm.example.com", {
      "https://llm.example.com": gateways[0]?.url ?? "",
    });
    const { code, output } = await verify(command);
    assert.equal(code, 0, output);
    assert.match(output, /proves nothing about replicas/);
  });
});
