import assert from "node:assert/strict";
import { createServer } from "node:http";
import { listening } from "../../lib/testing/listening";
import { hostile } from "../testing/odd-reports";
import { JaegerClient } from "./client";

describe("spans from Jaeger", () => {
  it("are bounded lines of text and sensible times, whatever it answers", async () => {
    const tags = [{ key: "k8s.pod.name", value: hostile.control }];
    const odd = { processID: "p1", operationName: hostile.long, startTime: "now", duration: -5, tags };
    const plain = { processID: "p2", operationName: "routing", startTime: 1_700_000_000_000_000, duration: 1_500 };
    const trace = { spans: [odd, plain], processes: { p1: { serviceName: `llm\n${hostile.long}` } } };
    await using server = await listening(createServer((_, response) => response.end(JSON.stringify({ data: [trace] }))));
    using client = new JaegerClient(server.url, new AbortController().signal);
    const cut = (text: string): string => `${text.slice(0, 159)}…`;
    assert.deepEqual(await client.spans("a"), [
      {
        service: cut(`llm ${hostile.long}`),
        operation: cut(hostile.long),
        startUs: 0,
        durationUs: 0,
        tags: { "k8s.pod.name": "bell nul lone\ufffd next line break tab" },
      },
      { service: "", operation: "routing", startUs: 1_700_000_000_000_000, durationUs: 1_500, tags: {} },
    ]);
  });

  it("are read from Tempo as well, which has them in OpenTelemetry's form", async () => {
    const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
    const span = {
      name: "routing",
      startTimeUnixNano: "1700000000000000000",
      endTimeUnixNano: "1700000000001500000",
      attributes: [text("k8s.pod.name", "plano-1"), { key: "http.status_code", value: { intValue: "200" } }],
    };
    const answer = {
      batches: [{ resource: { attributes: [text("service.name", "plano(llm)")] }, scopeSpans: [{ spans: [span] }] }],
    };
    const server = createServer((request, response) => {
      if (request.url?.endsWith("/a")) return response.end(JSON.stringify(answer));
      return response.writeHead(404).end("trace not found");
    });
    await using tempo = await listening(server);
    using client = new JaegerClient(tempo.url, new AbortController().signal);
    const tags = { "service.name": "plano(llm)", "k8s.pod.name": "plano-1", "http.status_code": "200" };
    const times = { startUs: 1_700_000_000_000_000, durationUs: 1_500 };
    assert.deepEqual(await client.spans("a"), [{ service: "plano(llm)", operation: "routing", ...times, tags }]);
    assert.deepEqual(await client.spans("b"), []);
  });
});
