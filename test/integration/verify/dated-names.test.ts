import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { Report } from "../../../verify";
import { said, scene, verifyGateways } from "./trial-gateways";

/** What OpenAI answers when it is asked for the names that are configured. */
const dated: Readonly<Record<string, string>> = {
  "openai/gpt-4o-mini": "gpt-4o-mini-2024-07-18",
  "openai/gpt-5.2": "gpt-5.2-2025-12-11",
};

describe("verify where the upstream answers with dated names", function () {
  this.timeout(30_000);
  const shared = scene();
  let upstream: Server;

  before(async () => {
    upstream = createServer((request, response) => {
      void (async () => {
        const answer = await fetch(`${shared.stub.url}${request.url ?? ""}`, { method: "POST", body: await text(request) });
        const body = (await answer.json()) as { model: string };
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify({ ...body, model: dated[body.model] ?? body.model }));
      })();
    });
    await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  });
  after(() => {
    upstream?.close();
    upstream?.closeAllConnections();
  });

  function verifyTwo(fault: string): Promise<Report> {
    const stubUrl = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
    const redisUrl = shared.redis.url;
    return verifyGateways({ checks: ["control", "pinning", "redis", "race"], gateway: { redisUrl, stubUrl, fault }, redisUrl });
  }

  it("compares answers with answers, and a pin with the name that its model answers by", async () => {
    const report = await verifyTwo("none");
    assert.deepEqual([report.verdict, report.reason], ["pass", null]);
    const models = new Set(report.sessions.map(({ model }) => model));
    assert.deepEqual([...models].sort(), Object.values(dated).sort());
  });

  it("still sees that a pin names another model than the one that was served", async () => {
    const report = await verifyTwo("value-wrong-model");
    assert.match(said(report, "redis"), /^fail: .* names openai\/gpt-4o-mini, but gpt-5\.2-2025-12-11 was served$/);
  });
});
