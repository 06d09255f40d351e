import { strict as assert } from "node:assert";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { connect, createServer as createTcpServer, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import Redis from "ioredis";
import { temporaryFolder } from "../../../lib/files";
import { listening } from "../../../lib/testing/listening";
import { skipBecause } from "../../../lib/testing/skip";
import { waitFor } from "../../../lib/wait";
import { flooding } from "../verify/bad-input";
import { startSocketServer } from "../verify/fake-socket-server";
import { freePort, type StartedRedis, startRedis } from "../../../standin/testing/redis";

const folder = join(__dirname, "..", "..", "..", "components", "plano", "redis-watch");
const lost = [
  503,
  "the gateway has no connection to Redis, which answers, and makes none: it has lost it, or keeps its pins elsewhere\n",
];
const alive = [200, "alive\n"];
const drained = [200, "drained\n"];

/** Least and most seconds of the drains, and the most of one that is given up. */
const [least, most, brief] = [0.5, 20, 2.5];

/** A look is remembered for a second. */
const nextLook = (): Promise<void> => delay(1_100);

type Ask = (path?: string) => Promise<unknown[]>;

/** A table of established connections as Linux 6.1 writes it to /proc/net/tcp. */
function procNetTcp(port: number, retransmits: readonly number[]): string {
  const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, "0");
  const header = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
  const lines = retransmits.map((times, index) => {
    const ends = `0100007F:${hex(40_000 + index, 4)} 0100007F:${hex(port, 4)}`;
    const queues = `0000002A:00000000 01:00000014 ${hex(times, 8)}`;
    return `   ${index}: ${ends} 01 ${queues}  1000        0 4242 2 0000000000000000 20 4 30 10 -1\n`;
  });
  return header + lines.join("");
}

for (const [interpreter, script] of [
  [process.execPath, "watch.cjs"],
  ["python3", "watch.py"],
] as const) {
  describe(`the watch on Redis, ${script}`, function () {
    let redis: StartedRedis;
    let client: Redis;
    let gateway: Awaited<ReturnType<typeof listening>>;
    let table: Awaited<ReturnType<typeof temporaryFolder>>;
    const connections: Socket[] = [];
    const watches: ChildProcess[] = [];

    before(async function () {
      if (spawnSync(interpreter, ["--version"]).status !== 0) skipBecause(this, `${interpreter} is not on PATH`);
      redis = await startRedis({ password: "p%40ss word" });
      gateway = await listening(createServer((_request, response) => response.end("ok")));
    });

    beforeEach(async () => {
      table = await temporaryFolder("plano-affinity-watch-");
      client = new Redis(redis.url);
      await client.flushall();
      // Its connection would be taken for the gateway's.
      client.disconnect();
    });

    afterEach(async () => {
      client.disconnect();
      for (const connection of connections.splice(0)) connection.destroy();
      for (const watch of watches.splice(0)) {
        if (watch.exitCode !== null || watch.signalCode !== null) continue;
        watch.kill();
        await once(watch, "exit");
      }
      await table[Symbol.asyncDispose]();
    });

    after(async () => {
      await gateway?.[Symbol.asyncDispose]();
      await redis?.[Symbol.asyncDispose]();
    });

    /** Holds a connection to Redis, or to another port. */
    async function hold(port = redis.port): Promise<Socket> {
      const connection = connect(port, "127.0.0.1").pause();
      connections.push(connection);
      await once(connection, "connect");
      return connection;
    }

    /** Starts a watch. @returns what asks it */
    async function start(env: NodeJS.ProcessEnv = {}, port = redis.port, limit = most): Promise<Ask> {
      const watchPort = await freePort();
      const watch = spawn(interpreter, [join(folder, script), `127.0.0.1:${port}`, "60", String(least), String(limit)], {
        env: {
          PATH: process.env.PATH,
          HOME: process.env.HOME,
          POD_NAME: "plano-1",
          WATCH_PORT: String(watchPort),
          GATEWAY_PORT: String(gateway.port),
          REDIS_URL: `${redis.url}/0`,
          REDIS_LIMIT_MS: "20000",
          ...env,
        },
        stdio: ["ignore", "ignore", "inherit"],
      });
      watches.push(watch);
      const isFinal = (): boolean => watch.exitCode !== null;
      await waitFor({ subject: script, limitMs: 10_000, intervalMs: 20, isFinal }, async () => {
        const probe = connect(watchPort, "127.0.0.1");
        await once(probe, "connect").finally(() => probe.destroy());
        return true;
      });
      return async (path = "/") => {
        const answer = await fetch(`http://127.0.0.1:${watchPort}${path}`);
        return [answer.status, await answer.text()];
      };
    }

    it("asks for one restart at a time when the connection is lost, until there is one again", async () => {
      const [first, second] = [await start(), await start({ POD_NAME: "plano-2" })];
      assert.deepEqual(await first(), lost);
      assert.deepEqual(await second(), alive, "the other waits for its turn");
      await nextLook();
      assert.deepEqual(await first(), lost, "one look is not enough for Kubernetes");
      await client.connect();
      assert.equal(await client.get("plano-affinity:restart"), "plano-1");
      const ttl = await client.ttl("plano-affinity:restart");
      assert.ok(ttl > 0 && ttl <= 60, String(ttl));
      client.disconnect();
      await hold();
      await nextLook();
      assert.deepEqual(await first(), alive);
      await client.connect();
      assert.ok((await client.pttl("plano-affinity:restart")) <= 1_000, "the next one may begin in a moment");
    });

    it("sends new clients elsewhere before the restart, and gives those that are there a moment", async () => {
      const redisClient = await hold();
      const gatewayClient = await hold(gateway.port);
      const ask = await start({ FINISH_MS: "20000" });
      assert.deepEqual([await ask(), (await ask("/ready"))[0]], [alive, 200]);
      redisClient.destroy();
      await nextLook();
      assert.deepEqual([await ask(), (await ask("/ready"))[0]], [lost, 503], "once is not enough for Kubernetes");
      await nextLook();
      const again = ask();
      assert.equal(await Promise.race([again, delay(300)]), undefined, "its client is served");
      gatewayClient.destroy();
      assert.deepEqual(await again, lost);
      await hold();
      await nextLook();
      assert.equal((await ask("/ready"))[0], 200);
    });

    it("leaves its clients to a gateway that never had Redis", async () => {
      const ask = await start();
      assert.deepEqual([await ask(), (await ask("/ready"))[0]], [lost, 200]);
    });

    it("does not send clients to a gateway that has its Redis again and does not serve yet", async () => {
      const serving = await listening(createServer((_request, response) => response.end("ok")));
      const before = await hold();
      const ask = await start({ GATEWAY_PORT: String(serving.port) });
      assert.deepEqual(await ask(), alive);
      before.destroy();
      await nextLook();
      assert.deepEqual(await ask(), lost);
      await serving[Symbol.asyncDispose]();
      await hold();
      assert.equal((await ask("/ready"))[0], 503);
    });

    it("restarts the gateway although its clients stay, and lets nobody else begin meanwhile", async () => {
      await hold(gateway.port);
      const [ask, other] = [await start(), await start({ POD_NAME: "plano-2" })];
      const begun = performance.now();
      assert.deepEqual(await ask(), lost);
      await nextLook();
      assert.deepEqual(await ask(), lost);
      const seconds = (performance.now() - begun) / 1_000;
      assert.ok(seconds >= 3 && seconds < 30, `${seconds} s`);
      assert.deepEqual(await other(), alive);
    });

    it("takes a connection for lost over which nothing is acknowledged any more", async () => {
      const connections = (...retransmits: number[]): Promise<void> =>
        writeFile(join(table.path, "tcp"), procNetTcp(redis.port, retransmits));
      await connections(5);
      const ask = await start({ PROC_NET: table.path });
      assert.deepEqual(await ask(), alive, "the network may only be slow");
      for (const [retransmits, answer] of [
        [[6], lost],
        // There is another.
        [[6, 0], alive],
      ] as const) {
        await connections(...retransmits);
        await nextLook();
        assert.deepEqual(await ask(), answer);
      }
    });

    it("looks once for many who ask, and does not take the connection of a look for the gateway's", async () => {
      let looks = 0;
      await using slow = await listening(
        createTcpServer((socket) => {
          looks++;
          socket.on("error", () => undefined).once("data", () => setTimeout(() => socket.end("+OK\r\n"), 400));
        }),
      );
      const ask = await start({ REDIS_URL: `redis://${slow.address}` });
      const answers = [ask(), delay(100).then(() => ask()), delay(200).then(() => ask()), delay(700).then(() => ask())];
      assert.deepEqual(await Promise.all(answers), [lost, lost, lost, lost]);
      assert.equal(looks, 1);
    });

    it("lets the gateway start when Redis lets this pod in, and says why not before", async () => {
      const ask = await start();
      assert.deepEqual(await ask("/start"), alive);
      const refused = await start({ REDIS_URL: `redis://:wrong@127.0.0.1:${redis.port}` });
      const [status, reason] = await refused("/start");
      assert.equal(status, 503);
      assert.match(String(reason), /^Redis at 127\.0\.0\.1:\d+ does not let this pod in yet: -WRONGPASS .*\n$/);
      await redis.kill();
      const [, gone] = await ask("/start").finally(() => redis.restart());
      const unreachable = /^Redis at 127\.0\.0\.1:\d+ does not let this pod in yet: .*(ECONNREFUSED|Connection refused).*\n$/;
      assert.match(String(gone), unreachable);
      assert.deepEqual(await ask("/start"), alive);
    });

    it("reads no more of an answer than its beginning", async () => {
      await using endless = await startSocketServer(flooding("-ERR "));
      const ask = await start({ REDIS_URL: `redis://${endless.address}` });
      const [status, said] = await ask("/start");
      assert.equal(status, 503);
      assert.match(String(said), /^Redis at \S+ does not let this pod in yet: (-ERR x{900,1100}|it answers without an end)\n$/);
    });

    it("ends at once when it is told to", async () => {
      await start();
      const [watch] = watches as [ChildProcess];
      watch.kill("SIGTERM");
      assert.deepEqual(await Promise.race([once(watch, "exit"), delay(30_000, undefined, { ref: false })]), [0, null]);
    });

    it("finds the stack's own Redis by the address and the password alone", async () => {
      await using own = await startRedis({ password: "LettersAndDigits1" });
      const ask = await start({ REDIS_URL: "", REDIS_PASSWORD: "LettersAndDigits1" }, own.port);
      assert.deepEqual(await ask(), lost);
    });

    it("restarts nobody when Redis would not serve the new process either", async () => {
      const refused = await start({ REDIS_URL: `redis://:wrong@127.0.0.1:${redis.port}` });
      assert.deepEqual(await refused(), alive);
      const ask = await start();
      await redis.kill();
      assert.deepEqual(await ask().finally(() => redis.restart()), alive);
      await nextLook();
      assert.deepEqual(await ask(), lost, "Redis is back, the connection is not");
    });

    it("says so when the gateway does not answer", async () => {
      await hold();
      const ask = await start({ GATEWAY_PORT: "1" });
      assert.deepEqual(await ask(), [503, "the gateway does not answer /v1/models\n"]);
    });

    it("ends a drain when endpoints have had time to forget the pod, and says meanwhile whether the gateway is alive", async () => {
      await hold();
      const ask = await start();
      const begun = performance.now();
      const drain = ask("/drain");
      assert.deepEqual(await ask(), alive);
      assert.deepEqual(await drain, drained);
      const seconds = (performance.now() - begun) / 1_000;
      assert.ok(seconds >= least && seconds < most, `${seconds} s`);
    });

    for (const [what, bytes] of Object.entries({ "the last client of the gateway": 0, "answers that are on their way": 400_000 }))
      it(`waits for ${what}`, async () => {
        // What the client does not read stays in the kernel, which holds the connection in FIN_WAIT1.
        const answer = (socket: Socket): unknown => bytes > 0 && socket.end(Buffer.alloc(bytes));
        await using server = await listening(createTcpServer((socket) => answer(socket.on("error", () => undefined))));
        const ask = await start({ GATEWAY_PORT: String(server.port) });
        const client = await hold(server.port);
        const drain = ask("/drain");
        await delay(least * 1_000 + 500);
        assert.equal(await Promise.race([drain, delay(50)]), undefined);
        if (bytes > 0) client.resume();
        else client.destroy();
        assert.deepEqual(await drain, drained);
      });

    it("gives a drain up when time is over", async () => {
      const ask = await start({}, redis.port, brief);
      await hold(gateway.port);
      const begun = performance.now();
      assert.deepEqual(await ask("/drain"), [200, `not drained: 1 connections are left after ${brief} s\n`]);
      const seconds = (performance.now() - begun) / 1_000;
      assert.ok(seconds >= brief && seconds < brief + 30, `${seconds} s`);
    });
  });
}
