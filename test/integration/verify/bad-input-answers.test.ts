import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { answering, dripping, endingOf, flooding } from "./bad-input";
import { FakeDeployment } from "./fake-deployment";
import { FakeSocketServer } from "./fake-socket-server";

/** What is at the other end of a replica's address, what is said of it, and the schemes of the address and of the server. */
type Case = readonly [name: string, serve: (socket: Socket) => void, reason: RegExp, scheme?: "https", served?: "https"];

const silent = (): void => undefined;
const noAnswer = /^no answer within 1 s$/;

/** Answers that arrive whole are read by readAnswer, which has its own test. */
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
  ["TLS under http://", silent, /^connection reset$/, undefined, "https"],
  [
    "a certificate that nobody vouches for",
    silent,
    /^its certificate is not trusted: name its authority's file in NODE_EXTRA_CA_CERTS$/,
    "https",
    "https",
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
  ["an endless answer", flooding("HTTP/1.1 200 OK\r\n\r\n"), /^the answer is larger than 1 MiB$/],
  [
    "a truncated answer",
    (socket) => void socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")),
    /^the answer was cut off$/,
  ],
];

describe("a replica that answers with", function () {
  this.timeout(20_000);

  for (const [name, serve, reason, scheme = "http", served] of cases) {
    it(`${name} makes the run unknown, with the reason`, async () => {
      await using deployment = await FakeDeployment.start(["a"]);
      await using server = await FakeSocketServer.start(serve, served);
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
