import { answering, type BadCase, dripping, ending, flooding, httpAnswer, testUnknown, untrusted } from "./bad-input";
import { FakeDeployment, verifyFake } from "./fake-deployment";
import { type Serve, startSocketServer } from "./fake-socket-server";

const silent: Serve = () => undefined;

/** What is at the other end, what is said of it, and the schemes of its address and of the server. */
type Case = readonly [name: string, serve: Serve, said: string | RegExp, scheme?: "https", served?: "https"];

describe("a replica that answers with", () => {
  const noAnswer = "no answer within 5 s";

  /** Answers that arrive whole are read by readAnswer, which has its own test. */
  const cases: readonly Case[] = [
    ["nothing at all", silent, noAnswer],
    ["a closed connection", (socket) => void socket.end(), "connection reset"],
    ["another protocol", (socket) => void socket.write("-ERR unknown command\r\n"), "it does not speak HTTP"],
    ["plain HTTP under https://", ending("HTTP/1.1 400 Bad Request\r\n\r\n"), "it does not speak TLS", "https"],
    ["nothing under https://", silent, noAnswer, "https"],
    ["TLS under http://", silent, "connection reset", undefined, "https"],
    ["a certificate that nobody vouches for", silent, untrusted, "https", "https"],
    ["a body that never ends", dripping("HTTP/1.1 200 OK\r\n\r\n", " "), noAnswer],
    ["headers that never end", dripping("HTTP/1.1 200 OK\r\n", "x: y\r\n"), noAnswer],
    [
      "too long headers",
      answering(`HTTP/1.1 200 OK\r\nx: ${"y".repeat(100_000)}\r\n\r\n`),
      "the headers of the answer are too long",
    ],
    [
      "a change of protocols",
      answering("HTTP/1.1 101 S\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n"),
      "HTTP 101: it wants to speak another protocol",
    ],
    ["204", answering("HTTP/1.1 204 No Content\r\n\r\n"), "the answer is empty"],
    ["an endless answer", flooding("HTTP/1.1 200 OK\r\n\r\n"), "the answer is larger than 1 MiB"],
    ["a truncated answer", ending("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"), "the answer was cut off"],
  ];
  const played = cases.map(([name, serve, said, scheme = "http", served]): BadCase => {
    const play = async () => {
      await using server = await startSocketServer(serve, served);
      const beside = ({ replicas }: FakeDeployment) => replicas.push({ name: "b", url: `${scheme}://${server.address}` });
      return await verifyFake({ timeoutSeconds: said === noAnswer ? 5 : 10 }, beside, ["a"]);
    };
    return [name, play, said];
  });
  testUnknown(/^control: replica b did not answer: /, played, ["unknown", "unknown"]);
});

describe("a Jaeger that", () => {
  const checks = ["control", "pinning", "traces"];
  const json = "application/json";
  const nothingThere =
    /^is no Jaeger query API: GET http:\/\/127\.0\.0\.1:\d+\/api\/traces\/0{31}1 answered HTTP 404 in other words; its port is usually 16686$/;
  const notJaeger = "did not answer in the format of Jaeger's query service (port 16686)";

  /** Says of the first trace that it is not there, and then nothing. */
  function silentAfterOne(): Serve {
    let answers = 0;
    const body = '{"data":null,"errors":[{"code":404,"msg":"trace not found"}]}';
    return (socket) => socket.on("data", () => void (answers++ === 0 && socket.write(httpAnswer("404 N", json, body))));
  }

  const cases: readonly Case[] = [
    ["falls silent during the run", silentAfterOne(), "cannot be read: no answer within 5 s"],
    ["never ends its answer", dripping("HTTP/1.1 200 OK\r\n\r\n", " "), "cannot be read: no answer within 5 s"],
    ["floods us", flooding("HTTP/1.1 200 OK\r\n\r\n"), "cannot be read: the answer is larger than 8 MiB"],
    ["answers with a page", answering(httpAnswer("200 OK", "text/html; charset=utf-8", "<html>")), notJaeger],
    ["is none, but knows no such page", answering(httpAnswer("404 N", "text/plain", "404 page not found")), nothingThere],
    ["is none, but speaks JSON", answering(httpAnswer("404 N", json, '{"error":{"message":"no route"}}')), nothingThere],
    ["wants a login", answering(httpAnswer("401 U", "text/html", "<html>")), "answered HTTP 401"],
    [
      "redirects",
      answering("HTTP/1.1 302 F\r\nlocation: /\r\ncontent-length: 0\r\n\r\n"),
      "answered HTTP 302; give the address that it redirects to",
    ],
    ["answers without data", answering(httpAnswer("200 OK", json, '{"data":null}')), notJaeger],
    ["speaks another protocol", (socket) => void socket.write("+OK\r\n"), "cannot be read: it does not speak HTTP"],
  ];
  const played = cases.map(([name, serve, said]): BadCase => {
    const play = async () => {
      await using server = await startSocketServer(serve);
      return await verifyFake({ target: { jaegerUrl: server.url }, checks });
    };
    return [name, play, said];
  });
  const refused = () => verifyFake({ target: { jaegerUrl: "http://127.0.0.1:1" }, checks });
  played.push(["does not listen", refused, "cannot be read: connection refused"]);
  testUnknown(/^traces: Jaeger at http:\/\/127\.0\.0\.1:\d+ /, played);
});
