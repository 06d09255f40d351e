import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { answering, dripping, endingOf, httpAnswer } from "./bad-input";
import { FakeDeployment } from "./fake-deployment";
import { FakeSocketServer } from "./fake-socket-server";

/** What is at the other end of a replica's address, and what is said of it. */
type Case = readonly [name: string, serve: (socket: Socket) => void, reason: RegExp, scheme?: "https", tls?: "TLS"];

const json = "application/json";
const silent = (): void => undefined;
const noAnswer = /^no answer within 1 s$/;

const cases: readonly Case[] = [
  ["nothing at all", silent, noAnswer],
  ["a closed connection", (socket) => void socket.end(), /^connection reset$/],
  ["a reset connection", (socket) => void socket.resetAndDestroy(), /^connection reset$/],
  ["another protocol", (socket) => void socket.write("-ERR unknown command\r\n"), /^it does not speak HTTP$/],
  [
    "plain HTTP under https://",
    (socket) => void socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")),
    /^it does not speak TLS$/,
    "https",
  ],
  ["nothing under https://", silent, noAnswer, "https"],
  ["TLS under http://", silent, /^connection reset$/, undefined, "TLS"],
  [
    "a certificate that nobody vouches for",
    silent,
    /^its certificate is not trusted: name its authority's file in NODE_EXTRA_CA_CERTS$/,
    "https",
    "TLS",
  ],
  ["a body that never ends", dripping("HTTP/1.1 200 OK\r\n\r\n", " "), noAnswer],
  ["headers that never end", dripping("HTTP/1.1 200 OK\r\n", "x: y\r\n"), noAnswer],
  [
    "too long headers",
    answering(`HTTP/1.1 200 OK\r\nx: ${"y".repeat(100_000)}\r\n\r\n`),
    /^the headers of the answer are too long$/,
  ],
  ["a change of protocols", answering("HTTP/1.1 101 S\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n"), noAnswer],
  ["100 and no more", answering("HTTP/1.1 100 Continue\r\n\r\n"), noAnswer],
  ["204", answering("HTTP/1.1 204 No Content\r\n\r\n"), /^the answer is empty$/],
  ["a redirect", answering(httpAnswer("301 Moved Permanently", "text/html", "")), /^HTTP 301 with an empty body$/],
  ["a login page", answering(httpAnswer("200 OK", "text/html", "<html>")), /^the answer is not a JSON object \(text\/html\)$/],
  ["half an object", answering(httpAnswer("200 OK", json, '{"mod')), /^the answer is not a JSON object$/],
  ["a number for a model", answering(httpAnswer("200 OK", json, '{"model":5}')), /^the answer names no model$/],
  [
    "a model that is a terminal's command",
    answering(httpAnswer("200 OK", json, '{"model":"\\u001b[2J"}')),
    /^the model in the answer is not a name$/,
  ],
  [
    "a model of 100,000 characters",
    answering(httpAnswer("200 OK", json, JSON.stringify({ model: "m".repeat(100_000) }))),
    /^the model in the answer is not a name$/,
  ],
  [
    "401 with a reason",
    answering(httpAnswer("401 U", json, '{"error":{"message":"no\\n\\u001b[1mkey"}}')),
    /^HTTP 401: no \[1mkey$/,
  ],
  ["404 with a page", answering(httpAnswer("404 N", "text/html", "<html>")), /^HTTP 404 \(text\/html\)$/],
  ["500 with nothing", answering(httpAnswer("500 I", json, "")), /^HTTP 500 with an empty body$/],
  ["502 with a page", answering(httpAnswer("502 B", "text/html", "<html>")), /^HTTP 502 \(text\/html\)$/],
];

describe("a replica that answers with", function () {
  this.timeout(20_000);

  for (const [name, serve, reason, scheme = "http", tls] of cases) {
    it(`${name} makes the run unknown, with the reason`, async () => {
      await using deployment = await FakeDeployment.start(["a"]);
      await using server = await (tls === undefined ? FakeSocketServer.start(serve) : FakeSocketServer.startTls(serve));
      const replicas = [...deployment.replicas, { name: "b", url: `${scheme}://${server.address}` }];
      const ending = await endingOf({ replicas }, { timeoutSeconds: reason === noAnswer ? 1 : 10 });
      assert.deepEqual([ending.report.verdict, ending.code], ["unknown", 2]);
      const prefix = "control: replica b did not answer: ";
      assert.equal(ending.reason.slice(0, prefix.length), prefix);
      assert.match(ending.reason.slice(prefix.length), reason);
      assert.ok(ending.report.requests.failed > 0);
    });
  }
});
