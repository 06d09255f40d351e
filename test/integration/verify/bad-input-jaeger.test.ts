import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { answering, dripping, endingOf, flooding, httpAnswer, testUnknown, type Ending } from "./bad-input";
import { FakeDeployment } from "./fake-deployment";
import { FakeSocketServer } from "./fake-socket-server";

/** What is at the other end of Jaeger's address, and what `traces` says of it. */
type Case = readonly [name: string, serve: (socket: Socket) => void, reason: RegExp, scheme?: "https"];

const json = "application/json";
const jaegerAnswer = (body: string): ((socket: Socket) => void) => answering(httpAnswer("200 OK", json, body));
const notJaeger = /^did not answer in the format of Jaeger's query service \(port 16686\)$/;

const cases: readonly Case[] = [
  ["falls silent during the run", silentAfterOne(), /^cannot be read: no answer within 5 s$/],
  ["says nothing", () => undefined, /^cannot be read: no answer within 5 s$/],
  ["never ends its answer", dripping("HTTP/1.1 200 OK\r\n\r\n", " "), /^cannot be read: no answer within 5 s$/],
  ["floods us", flooding("HTTP/1.1 200 OK\r\n\r\n"), /^cannot be read: the answer is larger than 8 MiB$/],
  ["answers with a page", answering(httpAnswer("200 OK", "text/html; charset=utf-8", "<html>")), notJaeger],
  ["wants a login", answering(httpAnswer("401 U", "text/html", "<html>")), /^answered HTTP 401$/],
  ["redirects", answering("HTTP/1.1 302 F\r\nlocation: /\r\ncontent-length: 0\r\n\r\n"), /^answered HTTP 302$/],
  ["answers null", jaegerAnswer("null"), notJaeger],
  ["answers without data", jaegerAnswer('{"data":null}'), notJaeger],
  ["answers half an object", jaegerAnswer('{"data":[{"traceID'), notJaeger],
  ["speaks another protocol", (socket) => void socket.write("+OK\r\n"), /^cannot be read: it does not speak HTTP$/],
  [
    "has a certificate that nobody vouches for",
    () => undefined,
    /^cannot be read: its certificate is not trusted: name its authority's file in NODE_EXTRA_CA_CERTS$/,
    "https",
  ],
];

/** Verifies good replicas with the Jaeger at an address. */
async function withJaeger(jaegerUrl: string): Promise<Ending> {
  await using deployment = await FakeDeployment.start();
  const { replicas } = deployment;
  return await endingOf({ replicas, jaegerUrl }, { checks: ["control", "pinning", "traces"] });
}

/** Says of the first trace that it is not there, and then nothing. */
function silentAfterOne(): (socket: Socket) => void {
  let answers = 0;
  const body = '{"data":null,"errors":[{"code":404,"msg":"trace not found"}]}';
  return (socket) => socket.on("data", () => void (answers++ === 0 && socket.write(httpAnswer("404 N", json, body))));
}

describe("a Jaeger that", function () {
  this.timeout(30_000);

  testUnknown(/^traces: Jaeger at https?:\/\/(127\.0\.0\.1|jaeger\.invalid):\d+ /, [
    ...cases.map(([name, serve, said, tls]) => {
      const scheme = tls ?? "http";
      const play = async (): Promise<Ending> => {
        await using server = await FakeSocketServer.start(serve, scheme);
        return await withJaeger(`${scheme}://${server.address}`);
      };
      return [name, play, said] as const;
    }),
    ["has an unknown host", () => withJaeger("http://jaeger.invalid:16686"), /^cannot be read: host name not found$/],
  ]);

  it("is slow is waited for", async () => {
    await using deployment = await FakeDeployment.start();
    const slowMs = 300;
    await using server = await FakeSocketServer.start((socket) => {
      socket.on("data", (request: Buffer) => void forward(socket, String(request)));
    });
    const forward = async (socket: Socket, request: string): Promise<void> => {
      const path = /^GET (\S+)/.exec(request)?.[1] ?? "/";
      const [answer] = await Promise.all([fetch(deployment.jaegerUrl + path), delay(slowMs)]);
      socket.write(httpAnswer(`${answer.status} X`, json, await answer.text()));
    };
    const jaegerUrl = `http://${server.address}`;
    const ending = await endingOf({ replicas: deployment.replicas, jaegerUrl }, { checks: ["control", "pinning", "traces"] });
    assert.deepEqual([ending.report.verdict, ending.code, ending.reason], ["pass", 0, ""]);
    assert.ok(ending.report.durationMs > 2 * slowMs);
  });
});
