import { strict as assert } from "node:assert";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { connect, createServer as createTcpServer, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import Redis from "ioredis";
import { freePort, StartedRedis } from "../../../standin/testing/redis";
import { skipBecause } from "../../skip";

const folder = join(__dirname, "..", "..", "..", "components", "redis-watch");
const password = "p%40ss word";
const lost = [503, "the gateway has lost its connection to Redis and does not make a new one; Redis answers\n"];
const alive = [200, "alive\n"];
const drained = [200, "drained\n"];

/** Least and most seconds of the drains. */
const [least, most] = [1, 3];

/** A look is remembered for a second. */
const nextLook = (): Promise<void> => delay(1_100);

const portOf = (server: { address(): unknown }): number => (server.address() as AddressInfo).port;

for (const [interpreter, script] of [
  [process.execPath, "watch.cjs"],
  ["python3", "watch.py"],
] as const) {
  describe(`the watch on Redis, ${script}`, function () {
    let redis: StartedRedis;
    let gateway: Server;
    let connection: Socket | undefined;
    let client: Socket | undefined;
    const watches: ChildProcess[] = [];

    before(async function () {
      if (spawnSync(interpreter, ["--version"]).status !== 0) skipBecause(this, `${interpreter} is not on PATH`);
      redis = await StartedRedis.start({ password });
      gateway = createServer((_request, response) => response.end("ok")).listen(0, "127.0.0.1");
      await once(gateway, "listening");
    });

    beforeEach(async () => {
      await using client = new DisposableRedis(redis.url);
      await client.redis.flushall();
    });

    afterEach(async () => {
      connection?.destroy();
      client?.destroy();
      for (const watch of watches.splice(0)) {
        if (watch.exitCode !== null) continue;
        watch.kill();
        await once(watch, "exit");
      }
    });

    after(async () => {
      gateway?.close();
      await redis?.[Symbol.asyncDispose]();
    });

    async function holdConnection(): Promise<void> {
      connection = connect(redis.port, "127.0.0.1");
      await once(connection, "connect");
    }

    async function holdClient(port = portOf(gateway)): Promise<Socket> {
      client = connect(port, "127.0.0.1").pause();
      await once(client, "connect");
      return client;
    }

    /** Starts a watch. @returns what asks it */
    async function start(env: NodeJS.ProcessEnv = {}, port = redis.port): Promise<(path?: string) => Promise<unknown[]>> {
      const watchPort = await freePort();
      const watch = spawn(interpreter, [join(folder, script), `127.0.0.1:${port}`, "60", String(least), String(most)], {
        env: {
          PATH: process.env.PATH,
          HOME: process.env.HOME,
          POD_NAME: "plano-1",
          WATCH_PORT: String(watchPort),
          GATEWAY_PORT: String(portOf(gateway)),
          REDIS_URL: `redis://:${encodeURIComponent(password)}@127.0.0.1:${redis.port}/0`,
          ...env,
        },
        stdio: ["ignore", "ignore", "inherit"],
      });
      watches.push(watch);
      for (;;) {
        const probe = connect(watchPort, "127.0.0.1");
        const up = await once(probe, "connect").then(
          () => true,
          () => false,
        );
        probe.destroy();
        if (up) break;
        if (watch.exitCode !== null) throw new Error(`${script} ended with ${watch.exitCode}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return async (path = "/") => {
        const answer = await fetch(`http://127.0.0.1:${watchPort}${path}`);
        return [answer.status, await answer.text()];
      };
    }

    /** Takes the time of a drain, in seconds. */
    async function timed(drain: Promise<unknown[]>): Promise<{ readonly answer: unknown[]; readonly seconds: number }> {
      const begun = performance.now();
      const answer = await drain;
      return { answer, seconds: (performance.now() - begun) / 1_000 };
    }

    /** What a drain came to so far; undefined: it goes on. */
    const soFar = (drain: Promise<unknown[]>): Promise<unknown> => Promise.race([drain, delay(50)]);

    it("is content while a connection to Redis is there", async () => {
      await holdConnection();
      const ask = await start();
      assert.deepEqual(await ask(), alive);
    });

    it("asks for one restart at a time when the connection is lost, until there is one again", async () => {
      const [first, second] = [await start(), await start({ POD_NAME: "plano-2" })];
      assert.deepEqual(await first(), lost);
      assert.deepEqual(await second(), alive, "the other waits for its turn");
      await nextLook();
      assert.deepEqual(await first(), lost, "one look is not enough for Kubernetes");
      await using client = new DisposableRedis(redis.url);
      assert.equal(await client.redis.get("plano-affinity:restart"), "plano-1");
      const ttl = await client.redis.ttl("plano-affinity:restart");
      assert.ok(ttl > 0 && ttl <= 60, String(ttl));
      await holdConnection();
      await nextLook();
      assert.deepEqual(await first(), alive);
    });

    it("takes a connection for lost over which nothing is acknowledged any more", async () => {
      const table = await mkdtemp(join(tmpdir(), "plano-affinity-watch-"));
      const connections = (...retransmits: number[]): Promise<void> =>
        writeFile(join(table, "tcp"), procNetTcp(retransmits.map((times) => ({ port: redis.port, retransmits: times }))));
      try {
        await connections(5);
        const ask = await start({ PROC_NET: table });
        assert.deepEqual(await ask(), alive, "the network may only be slow");
        await connections(6);
        await nextLook();
        assert.deepEqual(await ask(), lost);
        await connections(6, 0);
        await nextLook();
        assert.deepEqual(await ask(), alive, "there is another");
      } finally {
        await rm(table, { recursive: true });
      }
    });

    describe("beside a neighbour whose port is Redis'", () => {
      let table: string;

      beforeEach(async () => void (table = await mkdtemp(join(tmpdir(), "plano-affinity-watch-"))));
      afterEach(() => rm(table, { recursive: true }));

      /** Connections to Redis' port at addresses as the kernel writes them. */
      const connections = (...addresses: string[]): Promise<unknown> =>
        Promise.all(
          (["tcp", "tcp6"] as const).map((name) => {
            const fitting = addresses.filter((address) => address.length === (name === "tcp" ? 8 : 32));
            return writeFile(join(table, name), procNetTcp(fitting.map((address) => ({ port: redis.port, address }))));
          }),
        );
      const [redisHere, neighbour, elsewhere] = ["0100007F", "0200007F", "0300007F"] as const;
      const neighbourMapped = "0000000000000000FFFF00000200007F";

      /** Starts a watch that had the time to look up the neighbour's name. */
      async function startBeside(name: string, env: NodeJS.ProcessEnv = {}): Promise<(path?: string) => Promise<unknown[]>> {
        const ask = await start({ PROC_NET: table, NEIGHBOUR: `${name}:${redis.port}`, ...env });
        await delay(500);
        return ask;
      }

      it("takes none of its connections for one to Redis", async () => {
        await connections(neighbour, neighbourMapped);
        const ask = await startBeside("127.0.0.2");
        assert.deepEqual(await ask(), lost);
        await connections(neighbour, redisHere);
        await nextLook();
        assert.deepEqual(await ask(), alive, "one is Redis'");
      });

      it("knows its connections as they are, too", async () => {
        const listener = createTcpServer((socket) => socket.on("error", () => undefined));
        await once(listener.listen(redis.port, "127.0.0.2"), "listening");
        try {
          connection = connect(redis.port, "127.0.0.2");
          await once(connection, "connect");
          const ask = await startBeside("127.0.0.2", { PROC_NET: "/proc/net" });
          assert.deepEqual(await ask(), lost);
        } finally {
          connection?.destroy();
          listener.close();
        }
      });

      it("takes a connection to an address that it knows not for one to Redis: its name may have moved", async () => {
        await connections(neighbour, elsewhere);
        const ask = await startBeside("127.0.0.2");
        assert.deepEqual(await ask(), alive);
      });

      it("takes every connection for one to Redis while a name is not known, or both have the address", async () => {
        await connections(redisHere, neighbour);
        assert.deepEqual(await (await startBeside("neighbour.invalid"))(), alive, "the neighbour's name");
        await connections(neighbour);
        const unknown = `redis://redis.invalid:${redis.port}`;
        assert.deepEqual(await (await startBeside("127.0.0.2", { REDIS_URL: unknown }))(), alive, "Redis' name");
        await connections(redisHere);
        assert.deepEqual(await (await startBeside("127.0.0.1"))(), alive, "both have it");
      });
    });

    it("looks once for many who ask, and does not take the connection of a look for the gateway's", async () => {
      let looks = 0;
      const slow = createTcpServer((socket) => {
        looks++;
        socket.on("error", () => undefined).once("data", () => setTimeout(() => socket.end("+OK\r\n"), 400));
      });
      await once(slow.listen(0, "127.0.0.1"), "listening");
      try {
        const ask = await start({ REDIS_URL: `redis://127.0.0.1:${portOf(slow)}` });
        const answers = [ask(), delay(100).then(() => ask()), delay(200).then(() => ask()), delay(700).then(() => ask())];
        assert.deepEqual(await Promise.all(answers), [lost, lost, lost, lost]);
        assert.equal(looks, 1);
      } finally {
        slow.close();
      }
    });

    it("ends a drain when endpoints have had time to forget the pod, and says meanwhile whether the gateway is alive", async () => {
      await holdConnection();
      const ask = await start();
      const drain = timed(ask("/drain"));
      assert.deepEqual(await ask(), alive);
      const { answer, seconds } = await drain;
      assert.deepEqual(answer, drained);
      assert.ok(seconds >= least && seconds < most, `${seconds} s`);
    });

    it("waits for the last client of the gateway", async () => {
      const ask = await start();
      const waiting = await holdClient();
      const drain = ask("/drain");
      await delay(least * 1_000 + 500);
      assert.equal(await soFar(drain), undefined, "a client waits for its answer");
      waiting.destroy();
      assert.deepEqual(await drain, drained);
    });

    it("waits for answers that are still on their way", async () => {
      // What the client does not read stays in the kernel, which holds the connection in FIN_WAIT1.
      const hasty = createTcpServer((socket) => socket.on("error", () => undefined).end(Buffer.alloc(400_000)));
      await once(hasty.listen(0, "127.0.0.1"), "listening");
      try {
        const ask = await start({ GATEWAY_PORT: String(portOf(hasty)) });
        const slow = await holdClient(portOf(hasty));
        const drain = ask("/drain");
        await delay(least * 1_000 + 500);
        assert.equal(await soFar(drain), undefined, "an answer is on its way");
        slow.resume();
        assert.deepEqual(await drain, drained);
      } finally {
        hasty.close();
      }
    });

    it("gives a drain up when time is over", async () => {
      const ask = await start();
      await holdClient();
      const { answer, seconds } = await timed(ask("/drain"));
      assert.deepEqual(answer, [200, `not drained: 1 connections are left after ${most} s\n`]);
      assert.ok(seconds >= most && seconds < most + 2, `${seconds} s`);
    });

    it("lets the gateway start when Redis lets this pod in, and says why not before", async () => {
      const ask = await start();
      assert.deepEqual(await ask("/start"), alive);
      const refused = await start({ REDIS_URL: `redis://:wrong@127.0.0.1:${redis.port}` });
      const [status, reason] = await refused("/start");
      assert.equal(status, 503);
      assert.match(String(reason), new RegExp(`^Redis at 127.0.0.1:${redis.port} cannot be had yet: -WRONGPASS .*\n$`));
      await redis.kill();
      try {
        const [, gone] = await ask("/start");
        assert.match(String(gone), /^Redis at 127\.0\.0\.1:\d+ cannot be had yet: .*(ECONNREFUSED|Connection refused).*\n$/);
      } finally {
        await redis.restart();
      }
      assert.deepEqual(await ask("/start"), alive);
    });

    it("ends at once when it is told to", async () => {
      await start();
      const [watch] = watches;
      watch?.kill("SIGTERM");
      const ended = once(watch as ChildProcess, "exit") as Promise<[code: number | null]>;
      const [code] = (await Promise.race([ended, delay(3_000)])) ?? [];
      assert.equal(code, 0);
    });

    it("finds the stack's own Redis by the address and the password alone", async () => {
      await using own = await StartedRedis.start({ password: "LettersAndDigits1" });
      const ask = await start({ REDIS_URL: "", REDIS_PASSWORD: "LettersAndDigits1" }, own.port);
      assert.deepEqual(await ask(), lost);
    });

    it("restarts nobody when Redis would not serve the new process either", async () => {
      const refused = await start({ REDIS_URL: `redis://:wrong@127.0.0.1:${redis.port}` });
      assert.deepEqual(await refused(), alive);
      const ask = await start();
      await redis.kill();
      try {
        assert.deepEqual(await ask(), alive);
      } finally {
        await redis.restart();
      }
      await nextLook();
      assert.deepEqual(await ask(), lost, "Redis is back, the connection is not");
    });

    it("says so when the gateway does not answer", async () => {
      await holdConnection();
      const ask = await start({ GATEWAY_PORT: "1" });
      assert.deepEqual(await ask(), [503, "the gateway does not answer /healthz\n"]);
    });
  });
}

/** A table of established connections as Linux 6.1 writes it to /proc/net/tcp. */
function procNetTcp(
  connections: readonly { readonly port: number; readonly address?: string; readonly retransmits?: number }[],
): string {
  const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, "0");
  const header = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
  const lines = connections.map(({ port, address = "0100007F", retransmits = 0 }, index) => {
    const ends = `0100007F:${hex(40_000 + index, 4)} ${address}:${hex(port, 4)}`;
    const queues = `0000002A:00000000 01:00000014 ${hex(retransmits, 8)}`;
    return `   ${index}: ${ends} 01 ${queues}  1000        0 4242 2 0000000000000000 20 4 30 10 -1\n`;
  });
  return header + lines.join("");
}

/** A client that is gone at the end of its block. */
class DisposableRedis implements AsyncDisposable {
  readonly redis: Redis;

  constructor(url: string) {
    this.redis = new Redis(url);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.redis.quit();
  }
}
