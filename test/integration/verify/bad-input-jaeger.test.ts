import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { answering, dripping, endingOf, flooding, httpAnswer, type Ending } from "./bad-input";
import { FakeDeployment } from "./fake-deployment";
import { FakeSocketServer } from "./fake-socket-server";

/** What is at the other end of Jaeger's address, and what `traces` says of it. */
type Case = readonly [name: string, serve: (socket: Socket) => void, reason: RegExp, scheme?: "https"];

const json = "application/json";
const jaegerAnswer = (body: string): ((socket: Socket) => void) => answering(httpAnswer("200 OK", json, body));
const notJaeger = /^did not answer in the format of Jaeger's query service \(port 16686\)$/;

const cases: readonly Case[] = [
  ["says nothing", () => undefined, /^did not answer within 5 s$/],
  ["never ends its answer", dripping("HTTP/1.1 200 OK\r\n\r\n", " "), /^did not answer within 5 s$/],
  ["floods us", flooding("HTTP/1.1 200 OK\r\n\r\n"), /^cannot be read: the answer is larger than 8 MiB$/],
  [
    "answers with a page",
    answering(httpAnswer("200 OK", "text/html; charset=utf-8", "<html>")),
    /^did not answer in the format of Jaeger's query service \(port 16686\) but with text\/html$/,
  ],
  ["fails", answering(httpAnswer("500 I", "text/plain", "oops")), /^answered HTTP 500$/],
  ["wants a login", answering(httpAnswer("401 U", "text/html", "<html>")), /^answered HTTP 401$/],
  [
    "redirects in a circle",
    answering("HTTP/1.1 302 F\r\nlocation: /\r\ncontent-length: 0\r\n\r\n"),
    /^cannot be read: redirected more than 5 times$/,
  ],
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

describe("a Jaeger that", function () {
  this.timeout(30_000);
  /** All at once: some of them are waited for. */
  const endings = new Map<string, Promise<Ending>>();

  before(() => {
    for (const [name, serve, , scheme = "http"] of cases) {
      const played = async (): Promise<Ending> => {
        await using server = await FakeSocketServer.start(serve, scheme);
        return await withJaeger(`${scheme}://${server.address}`);
      };
      const ending = played();
      ending.catch(() => undefined);
      endings.set(name, ending);
    }
  });

  for (const [name, , reason] of cases) {
    it(`${name} makes traces unknown, with the reason, and nothing else`, async () => {
      const ending = await endings.get(name);
      assert.ok(ending !== undefined);
      assert.deepEqual([ending.report.verdict, ending.code], ["unknown", 2]);
      const [, said = ending.reason] = /^traces: Jaeger at https?:\/\/127\.0\.0\.1:\d+ (.*)$/.exec(ending.reason) ?? [];
      assert.match(said, reason);
      assert.deepEqual(
        ending.report.checks.map(({ verdict }) => verdict),
        ["pass", "pass", "unknown"],
      );
    });
  }

  it("has an unknown host makes traces unknown", async () => {
    const { reason, code } = await withJaeger("http://jaeger.invalid:16686");
    const said = "traces: Jaeger at http://jaeger.invalid:16686 cannot be read: host name not found";
    assert.deepEqual([reason, code], [said, 2]);
  });

  it("falls silent during the run makes traces unknown", async () => {
    let answers = 0;
    const body = '{"data":null,"errors":[{"code":404,"msg":"trace not found"}]}';
    await using server = await FakeSocketServer.start((socket) => {
      socket.on("data", () => void (answers++ === 0 && socket.write(httpAnswer("404 N", json, body))));
    });
    const { reason, code } = await withJaeger(`http://${server.address}`);
    assert.match(reason, /^traces: Jaeger at http:\/\/127\.0\.0\.1:\d+ did not answer within 5 s$/);
    assert.equal(code, 2);
  });

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
