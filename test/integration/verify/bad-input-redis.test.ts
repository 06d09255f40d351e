import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "../../../lib/files";
import type { Report } from "../../../verify";
import { startRedis, type StartedRedis } from "../../../standin/testing";
import { freePort, redisServer } from "../../../standin/testing/redis";
import { type BadCase, testUnknown } from "./bad-input";
import { FakeDeployment, verifyFake } from "./fake-deployment";
import { type RedisReply, selfSigned, startFakeRedis, startSocketServer } from "./fake-socket-server";
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

async function withTlsServer(scheme: "redis" | "rediss"): Promise<Report> {
  await using server = await startSocketServer(() => undefined, "https");
  return await withRedis(`${scheme}://${server.address}`);
}

/** Answers what is asked while connecting, and everything else as given. */
const onceConnected =
  (reply: string | undefined): RedisReply =>
  (command) =>
    /^(ping|client|select)$/i.test(command) ? "+OK\r\n" : reply;

describe("a Redis that", function () {
  this.timeout(30_000);
  let plain: StartedRedis;
  let locked: StartedRedis;

  const cases: readonly BadCase[] = [
    [
      "wants a password and gets none",
      () => withRedis(locked.url.replace(":geheim@", "")),
      /^needs a password, and none was given$/,
    ],
    ["gets a wrong password", () => withRedis(locked.url.replace("geheim", "falsch")), /^refused the password$/],
    [
      "is without TLS, where TLS was meant",
      () => withRedis(plain.url.replace("redis:", "rediss:")),
      // Which of them depends on whether the random bytes of TLS happen to hold an end of line.
      /^(gave no TLS answer within 5 s|ended the connection): is it without TLS\? Try redis:\/\/$/,
    ],
    [
      "wants TLS, where none was meant",
      () => withTlsServer("redis"),
      /^ended the connection: does it want TLS\? Try rediss:\/\/$/,
    ],
    [
      "has a certificate that nobody vouches for",
      () => withTlsServer("rediss"),
      /^cannot be read: its certificate is not trusted: name its authority's file in NODE_EXTRA_CA_CERTS$/,
    ],
    ["does not listen", () => withRedis("redis://127.0.0.1:1"), /^refused the connection$/],
    ["says nothing", () => withFakeRedis(() => undefined), /^gave no answer within 5 s: does it want TLS\? Try rediss:\/\/$/],
    ["falls silent once it is connected", () => withFakeRedis(onceConnected(undefined)), /^gave no answer within 5 s$/],
    [
      "is something else",
      () => withFakeRedis(() => "HTTP/1.1 400 Bad Request\r\n\r\n"),
      /^does not speak Redis' protocol: does it want TLS\? Try rediss:\/\/$/,
    ],
    [
      "is still loading",
      () => withFakeRedis(() => "-LOADING Redis is loading\r\n"),
      /^cannot be read: LOADING Redis is loading$/,
    ],
    ["allows us nothing", () => withFakeRedis(onceConnected("-NOPERM no\r\n")), /^cannot be read: NOPERM no$/],
    [
      "is one node of a cluster",
      () => withFakeRedis(onceConnected("-MOVED 866 127.0.0.1:7001\r\n")),
      /^is one node of a Redis Cluster, which cannot be inspected: --skip-redis-inspect$/,
    ],
    ["has an unknown host", () => withRedis("redis://redis.invalid:6379"), /^cannot be read: host name not found$/],
    ["dies during the run", withRedisThatDies, /^ended the connection$/],
    ["does not have the database", () => withRedis(`${plain.url}/99`), /^cannot be read: ERR DB index is out of range$/],
  ];

  before(async () => {
    [plain, locked] = await Promise.all([startRedis(), startRedis({ password: "geheim" })]);
  });
  testUnknown(/^redis: Redis at (127\.0\.0\.1|redis\.invalid):\d+ /, cases);
  after(() => Promise.all([plain?.[Symbol.asyncDispose](), locked?.[Symbol.asyncDispose]()]));

  it("speaks TLS with a certificate that is trusted is read", async () => {
    await using folder = await temporaryFolder("redis-tls-");
    const [keyFile, certFile] = [join(folder.path, "key.pem"), join(folder.path, "cert.pem")];
    const { key, cert } = await selfSigned();
    await Promise.all([writeFile(keyFile, key), writeFile(certFile, cert)]);
    const port = await freePort();
    const tls = [`tls-port ${port}`, `tls-cert-file ${certFile}`, `tls-key-file ${keyFile}`, "tls-auth-clients no"];
    await using _redis = await redisServer(["port 0", ...tls, `dir ${folder.path}`]);
    await using deployment = await FakeDeployment.start();
    const args = [...cliTarget(deployment), "--checks", checks.join(), "--redis-url", `rediss://127.0.0.1:${port}`, "--quiet"];
    const { code, stdout } = await startCli(args, { NODE_EXTRA_CA_CERTS: certFile }).ended;
    // It was read, and has no pins: those of the fake replicas are in this process.
    assert.match(stdout, /Affinity: fail – redis: key plano:affinity:\S+ does not exist/);
    assert.equal(code, 1);
  });
});
