import assert from "node:assert/strict";
import { mock } from "node:test";
import { selfSigned } from "../../../lib/testing/certificates";
import type { Report } from "../../../verify";
import { otherClients } from "../../../verify/redis/clients";
import { connectRedis } from "../../../verify/redis/connect";
import { startRedis, type StartedRedis } from "../../../standin/testing";
import { startTlsRedis } from "../redis/tls-redis";
import { type BadCase, flooding, testUnknown, untrusted } from "./bad-input";
import { FakeDeployment, verifyFake } from "./fake-deployment";
import { type RedisReply, type Serve, startFakeRedis, startSocketServer } from "./fake-socket-server";
import { cliTarget, startCli } from "./start-cli";

const checks = ["control", "pinning", "redis"];

/** Verifies good replicas with the Redis at an address. */
const withRedis = (redisUrl: string): Promise<Report> => verifyFake({ target: { redisUrl }, checks });

async function withRedisThatDies(): Promise<Report> {
  await using redis = await startRedis();
  return await verifyFake({ target: { redisUrl: redis.url }, checks }, ({ misbehaviour }) => {
    misbehaviour.set("b", ({ session }) => {
      if (session === undefined) return false;
      void redis.kill();
      misbehaviour.clear();
      return false;
    });
  });
}

async function withFakeRedis(reply: RedisReply): Promise<Report> {
  await using server = await startFakeRedis(reply);
  return await withRedis(`redis://${server.address}`);
}

async function withSocket(serve: Serve): Promise<Report> {
  await using server = await startSocketServer(serve);
  return await withRedis(`redis://${server.address}`);
}

async function withTlsServer(scheme: "redis" | "rediss"): Promise<Report> {
  await using server = await startSocketServer(() => undefined, "https");
  return await withRedis(`${scheme}://${server.address}`);
}

/** A real one that wants a client certificate, under a certificate that is trusted. */
async function withClientCertificates(protocol: string): Promise<Report> {
  const { key, cert } = await selfSigned();
  await using redis = await startTlsRedis(key, cert, [`tls-ca-cert-file cert.pem`, `tls-protocols ${protocol}`]);
  return await verifyFake({ target: { redisUrl: redis.url }, checks, redisCa: cert });
}

/** Answers the first look with a value that has no end. */
const withEndlessValue = (): Promise<Report> =>
  withSocket(flooding("+OK\r\n+OK\r\n-ERR no INFO\r\n*2\r\n$1\r\n1\r\n$1\r\n1\r\n$2147483648\r\n"));

/** Answers what is asked while connecting, and everything else as given. */
const onceConnected =
  (reply: string | undefined): RedisReply =>
  (command) =>
    /^(ping|client|select)$/i.test(command) ? "+OK\r\n" : reply;

const saying = (reply: string | undefined): Promise<Report> => withFakeRedis(onceConnected(reply));

/** Answers as Redis would whose keys all hold one pin, but for one command. */
const answeringOddly = (odd: string, reply: string): Promise<Report> => {
  const pin = '{"model_name":"small"}';
  const good = { time: "*2\r\n$1\r\n5\r\n$1\r\n5\r\n", pttl: ":5000\r\n", get: `$${pin.length}\r\n${pin}\r\n`, info: "$-1\r\n" };
  const replies = new Map(Object.entries({ ...good, [odd]: reply }));
  return withFakeRedis((command) => onceConnected(replies.get(command.toLowerCase()))(command));
};

describe("a Redis that", () => {
  let plain: StartedRedis;
  let locked: StartedRedis;

  const wantsTls = ": does it want TLS? Try rediss://";
  const cases: readonly BadCase[] = [
    [
      "wants a password and gets none",
      () => withRedis(locked.url.replace(":geheim@", "")),
      "needs a password, and none was given",
    ],
    ["gets a wrong password", () => withRedis(locked.url.replace("geheim", "falsch")), "refused the password"],
    [
      "is without TLS, where TLS was meant",
      () => withRedis(plain.url.replace("redis:", "rediss:")),
      // Which of them depends on whether the random bytes of TLS happen to hold an end of line.
      /^(gave no TLS answer within 5 s|ended the connection): is it without TLS\? Try redis:\/\/$/,
    ],
    ["wants TLS, where none was meant", () => withTlsServer("redis"), `ended the connection${wantsTls}`],
    ["does not listen", () => withRedis("redis://127.0.0.1:1"), "refused the connection"],
    ["says nothing", () => withFakeRedis(() => undefined), `gave no answer within 5 s${wantsTls}`],
    ["falls silent once it is connected", () => saying(undefined), "gave no answer within 5 s"],
    [
      "is something else",
      () => withFakeRedis(() => "HTTP/1.1 400 Bad Request\r\n\r\n"),
      `does not speak Redis' protocol${wantsTls}`,
    ],
    [
      "is one node of a cluster",
      () => saying("-MOVED 866 127.0.0.1:7001\r\n"),
      "is one node of a Redis Cluster, which cannot be inspected: --skip-redis-inspect",
    ],
    ["has lists in lists without an end", () => saying("*1\r\n".repeat(100_000)), "does not speak Redis' protocol"],
    ["dies during the run", withRedisThatDies, "ended the connection"],
  ];
  const tooMuch = "it answered more than 16 MiB or a million items";
  /** Those of which is said that they cannot be read, and why. */
  const unread: readonly (readonly [name: string, play: () => Promise<Report>, why: string])[] = [
    ["has a certificate that nobody vouches for", () => withTlsServer("rediss"), untrusted],
    ["is still loading", () => withFakeRedis(() => "-LOADING Redis is loading\r\n"), "LOADING Redis is loading"],
    ["allows us nothing", () => saying("-NOPERM no\r\n"), "NOPERM no"],
    [
      "wants a client certificate",
      () => withClientCertificates("TLSv1.3"),
      "it wants a client certificate, and none can be given",
    ],
    [
      "wants one, and speaks an older TLS",
      () => withClientCertificates("TLSv1.2"),
      "it refused the TLS handshake (handshake failure): does it want a client certificate?",
    ],
    ["has a value without an end", withEndlessValue, tooMuch],
    ["announces lists in lists, for which the client would take room", () => saying("*30000000\r\n".repeat(20)), tooMuch],
    ["announces more than a machine holds", () => saying("*99999999999\r\n"), tooMuch],
    ["has an unknown host", () => withRedis("redis://redis.invalid:6379"), "host name not found"],
    ["answers PTTL with text", () => answeringOddly("pttl", "+soon\r\n"), 'it answered PTTL with "soon"'],
    ["answers PTTL with what it never is", () => answeringOddly("pttl", ":-3\r\n"), "it answered PTTL with -3"],
    ["answers TIME with half of it", () => answeringOddly("time", "*1\r\n:5\r\n"), "it answered TIME with [5]"],
    ["answers GET with a number", () => answeringOddly("get", ":5\r\n"), "it answered GET with 5"],
    ["does not have the database", () => withRedis(`${plain.url}/99`), "ERR DB index is out of range"],
  ];

  before(async () => {
    [plain, locked] = await Promise.all([startRedis(), startRedis({ password: "geheim" })]);
  });
  testUnknown(/^redis: Redis at (127\.0\.0\.1|redis\.invalid):\d+ /, [
    ...cases,
    ...unread.map(([name, play, why]): BadCase => [name, play, `cannot be read: ${why}`]),
  ]);
  after(() => Promise.all([plain?.[Symbol.asyncDispose](), locked?.[Symbol.asyncDispose]()]));

  it("lists not even our own connection is not believed that all others are gone", async () => {
    for (const reply of ["+none\r\n", "$0\r\n\r\n", "*0\r\n"]) {
      await using server = await startFakeRedis((command) => (command.toLowerCase() === "ping" ? "+PONG\r\n" : reply));
      await assert.rejects(otherClients(`redis://${server.address}`), { message: /^Redis answered CLIENT LIST with "(none)?"$/ });
    }
  });

  it("lets everybody in refuses a user's wrong password every time, and a password that it does not want goes unmentioned", async () => {
    const warn = mock.method(console, "warn");
    const redis = await connectRedis(plain.url.replace("redis://", "redis://:unwanted@"), 5_000);
    await redis.call("ACL", "SETUSER", "bob", "on", ">right", "+ping");
    redis.disconnect();
    warn.mock.restore();
    assert.equal(warn.mock.callCount(), 0);
    for (let i = 0; i < 20; i++) {
      const attempt = connectRedis(plain.url.replace("redis://", `redis://${i % 2 === 0 ? "bob" : "nobody"}:wrong@`), 5_000);
      await assert.rejects(attempt, { message: `Redis at 127.0.0.1:${plain.port} refused the password` });
    }
    (await connectRedis(plain.url.replace("redis://", "redis://bob:right@"), 5_000)).disconnect();
  });

  it("speaks TLS with a certificate that is trusted is read", async () => {
    const { key, cert } = await selfSigned();
    await using redis = await startTlsRedis(key, cert);
    await using deployment = await FakeDeployment.start();
    const args = [...cliTarget(deployment), "--checks", checks.join(), "--redis-url", redis.url.toUpperCase(), "--quiet"];
    // The first is Node's own, the second what a Job in a cluster has from the stack's Secret.
    for (const trust of [{ NODE_EXTRA_CA_CERTS: redis.certFile }, { PLANO_AFFINITY_CA_BUNDLE: cert }]) {
      const { code, stdout } = await startCli(args, trust).ended;
      // It was read, and has no pins: those of the fake replicas are in this process.
      assert.match(stdout, /Affinity: fail – redis: key plano:affinity:\S+ does not exist/, Object.keys(trust).join());
      assert.equal(code, 1);
    }
  });
});
