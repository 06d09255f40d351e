import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { Socket } from "node:net";
import { listening } from "../../../lib/testing/listening";
import { type GatewayOptions, type StartedGateway, startGateway, startRedis, startStub } from "../../../standin/testing";
import { killClients } from "../../../verify/redis/clients";
import { testConfig } from "../../../standin/testing/plano-config";
import { ask, deep, errorOf, fast, modelOf } from "./ask";

// What they do without that fault is shown by the check faults: test/integration/disruption/faults.test.ts.
describe("a stand-in of a release that reconnects", () => {
  it("stays without Redis with the fault no-reconnect", async () => {
    await using redis = await startRedis();
    await using stub = await startStub();
    const env = { STANDIN_RELEASE: "0.4.32" };
    const options = { redisUrl: redis.url, stubUrl: stub.url, planoVersion: "0.4.32", env, fault: "no-reconnect" };
    await using gateway = await startGateway(options);
    await killClients(redis.url);
    await gateway.printed(/redis_connection_lost/);
    assert.equal(await modelOf(gateway, deep.prompt, { session: "s" }), deep.model);
    assert.equal(await modelOf(gateway, fast.prompt, { session: "s" }), fast.model);
  });
});

describe("a stand-in that cannot start", () => {
  const stubUrl = "http://127.0.0.1:9";

  it("says that Redis refuses the password", async () => {
    await using redis = await startRedis({ password: "right" });
    const redisUrl = redis.url.replace("right", "wrong");
    await assert.rejects(startGateway({ stubUrl, redisUrl }), (error: Error) => {
      assert.match(error.message, /failed to connect to Redis session cache: WRONGPASS/);
      assert.doesNotMatch(error.message, /:wrong@/);
      return true;
    });
  });

  const failures: [Partial<GatewayOptions>, RegExp][] = [
    [{ redisUrl: "redis://:hunter2@127.0.0.1:1" }, /gateway: failed to connect to Redis session cache: ECONNREFUSED$/m],
    [{ config: "version: 1" }, /standin-gateway: the config is not valid: .*listeners/],
    [{ env: { PLANO_CONFIG_FILE: "/nowhere.yaml" } }, /the config \/nowhere.yaml: ENOENT; set PLANO_CONFIG_FILE$/m],
    [{ fault: "gremlins" }, /STANDIN_FAULT is "gremlins"; use one of none, /],
    [{ fault: "memory-cache" }, /STANDIN_FAULT memory-cache needs routing.session_cache.type redis/],
    [{ fault: "no-refresh" }, /STANDIN_FAULT no-refresh needs routing\.routing_budget, or STANDIN_RELEASE 0\.4\.28 to 0\.4\.36/],
  ];
  for (const [options, message] of failures) {
    it(`names the cause on one line: ${JSON.stringify(options)}`, async () => {
      await assert.rejects(startGateway({ stubUrl, ...options }), (error: Error) => {
        assert.match(error.message, /ended with status 1 before it was ready/);
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /hunter2|\n\s+at /);
        return true;
      });
    });
  }

  it("names a port that is taken", async () => {
    await using stub = await startStub();
    const env = { STANDIN_PORT: String(stub.port) };
    await assert.rejects(startGateway({ stubUrl, env }), {
      message: new RegExp(`standin-gateway: cannot listen on port ${stub.port}: EADDRINUSE`),
    });
  });
});

describe("a bad request", () => {
  let gateway: StartedGateway;
  before(async () => (gateway = await startGateway({ stubUrl: "http://127.0.0.1:9" })));
  after(() => gateway[Symbol.asyncDispose]());

  const post = (body: string): Promise<Response> => fetch(`${gateway.url}/v1/chat/completions`, { method: "POST", body });
  const violations: [string, () => Promise<Response>, number, RegExp][] = [
    ["that is not JSON", () => post("{"), 400, /not valid JSON/],
    ["that is not an object", () => post("[]"), 400, /not a JSON object/],
    ["for an unknown model", () => ask(gateway, "x", { model: "openai/gpt-9" }), 400, /model "openai\/gpt-9" is not among/],
    ["that is too large", () => post("x".repeat(2 * 1024 * 1024)), 413, /larger than 1048576 bytes/],
    ["to an unknown path", () => ask(gateway, "x", { path: "/v2/chat" }), 404, /does not serve POST \/v2\/chat/],
    ["whose upstream is not there", () => ask(gateway, "x"), 502, /the upstream of plano\/Plano-Orchestrator cannot be reached/],
  ];
  for (const [what, send, status, message] of violations) {
    it(`${what} is answered with ${status}`, async () => {
      const response = await send();
      assert.equal(response.status, status);
      assert.match(await errorOf(response), message);
    });
  }
});

describe("an upstream that fails", () => {
  /** Without routes the gateway asks it alone. */
  const startInFrontOf = (stubUrl: string): Promise<StartedGateway> => {
    const config = testConfig({ stubUrl, ttlSeconds: 600 }).replace(/routing_preferences:[^]*?(?=routing:)/, "");
    return startGateway({ stubUrl, config });
  };

  it("is quoted, whatever it says", async () => {
    await using upstream = await listening(
      createServer((_request, response) => response.writeHead(503).end("<html>oops</html>")),
    );
    await using gateway = await startInFrontOf(upstream.url);
    const response = await ask(gateway, "x");
    assert.deepEqual([response.status, await response.text()], [503, "<html>oops</html>"]);
  });

  it("is asked again where it cuts an idle connection just then, as one that was replaced", async () => {
    const answered = new Set<Socket>();
    const server = createServer((request, response) => {
      // Whatever comes on a connection for the second time.
      if (answered.has(request.socket)) return void request.socket.resetAndDestroy();
      answered.add(request.socket);
      response.end("{}");
    });
    await using upstream = await listening(server);
    await using gateway = await startInFrontOf(upstream.url);
    for (let i = 0; i < 3; i++) assert.equal((await ask(gateway, "x")).status, 200);
    assert.equal(answered.size, 3);
  });
});

describe("a stop signal", () => {
  it("cuts running requests off, as Plano 0.4.27", async () => {
    await using stub = await startStub({ STUB_LATENCY_MS: "5000" });
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      await using gateway = await startGateway({ stubUrl: stub.url });
      await (await fetch(`${gateway.url}/healthz`)).text();
      const cutOff = assert.rejects(ask(gateway, fast.prompt));
      await (await fetch(`${gateway.url}/healthz`)).text();
      assert.equal(await gateway.stop(signal), 0, signal);
      await cutOff;
    }
  });
});
