import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startRedis, type StartedRedis } from "../../../standin/testing";
import { StartedProcess } from "../../../standin/testing/process";
import { freePort } from "../../../standin/testing/redis";
import { cliTarget, endingOf, startCli, testUnknown, type Ending } from "./bad-input";
import { FakeDeployment } from "./fake-deployment";
import { FakeSocketServer, selfSigned, startFakeRedis, type RedisReply } from "./fake-socket-server";

const checks = ["control", "pinning", "redis"];

/** Verifies good replicas with the Redis at an address. */
async function withRedis(redisUrl: string): Promise<Ending> {
  await using deployment = await FakeDeployment.start();
  return await endingOf({ replicas: deployment.replicas, redisUrl }, { checks });
}

async function withRedisThatDies(): Promise<Ending> {
  await using redis = await startRedis();
  await using deployment = await FakeDeployment.start();
  const { misbehaviour, replicas } = deployment;
  misbehaviour.set("b", ({ session }) => {
    if (session === undefined) return false;
    void redis.kill();
    misbehaviour.clear();
    return false;
  });
  return await endingOf({ replicas, redisUrl: redis.url }, { checks });
}

async function withFakeRedis(reply: RedisReply): Promise<Ending> {
  await using server = await startFakeRedis(reply);
  return await withRedis(`redis://${server.address}`);
}

async function withTlsServer(scheme: "redis" | "rediss"): Promise<Ending> {
  await using server = await FakeSocketServer.start(() => undefined, "https");
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

  const cases: readonly (readonly [name: string, play: () => Promise<Ending>, said: RegExp])[] = [
    [
      "wants a password and gets none",
      () => withRedis(locked.url.replace(":geheim@", "")),
      /^needs a password, and none was given$/,
    ],
    ["gets a wrong password", () => withRedis(locked.url.replace("geheim", "falsch")), /^refused the password$/],
    ["gets a user it does not know", () => withRedis(locked.url.replace(":geheim", "falsch:geheim")), /^refused the password$/],
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
    await using redis = await startTlsRedis();
    await using deployment = await FakeDeployment.start();
    const args = [...cliTarget(deployment), "--checks", checks.join(), "--redis-url", redis.url, "--quiet"];
    const { code, stdout } = await startCli(args, { NODE_EXTRA_CA_CERTS: redis.certificate }).ended;
    // It was read, and has no pins: those of the fake replicas are in this process.
    assert.match(stdout, /Affinity: fail – redis: key plano:affinity:\S+ does not exist/);
    assert.equal(code, 1);
  });
});

async function startTlsRedis(): Promise<AsyncDisposable & { readonly url: string; readonly certificate: string }> {
  const folder = await mkdtemp(join(tmpdir(), "redis-tls-"));
  const { key, cert } = await selfSigned();
  const [keyFile, certificate] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  await Promise.all([writeFile(keyFile, key), writeFile(certificate, cert)]);
  const port = await freePort();
  const config = ["bind 127.0.0.1", "port 0", `tls-port ${port}`, `tls-cert-file ${certificate}`, `tls-key-file ${keyFile}`];
  const redis = await StartedProcess.start({
    name: "redis-server",
    command: "redis-server",
    args: ["-"],
    stdin: `${[...config, "tls-auth-clients no", 'save ""', `dir ${folder}`].join("\n")}\n`,
    ready: (line) => line.includes("Ready to accept connections") || undefined,
  });
  return {
    url: `rediss://127.0.0.1:${port}`,
    certificate,
    async [Symbol.asyncDispose]() {
      await redis[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}
