import { strict as assert } from "node:assert";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { join } from "node:path";
import Redis from "ioredis";
import { freePort, StartedRedis } from "../../../standin/testing/redis";
import { skipBecause } from "../../skip";

const folder = join(__dirname, "..", "..", "..", "components", "redis-watch");
const password = "p%40ss word";
const lost = [503, "the gateway has lost its connection to Redis and does not make a new one; Redis answers\n"];
const alive = [200, "alive\n"];

for (const [interpreter, script] of [
  [process.execPath, "watch.cjs"],
  ["python3", "watch.py"],
] as const) {
  describe(`the watch on Redis, ${script}`, function () {
    let redis: StartedRedis;
    let gateway: Server;
    let connection: Socket | undefined;
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
      for (const watch of watches.splice(0)) {
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

    /** Starts a watch. @returns what asks it */
    async function start(env: NodeJS.ProcessEnv = {}, port = redis.port): Promise<() => Promise<unknown[]>> {
      const watchPort = await freePort();
      const watch = spawn(interpreter, [join(folder, script), `127.0.0.1:${port}`, "60"], {
        env: {
          PATH: process.env.PATH,
          HOME: process.env.HOME,
          POD_NAME: "plano-1",
          WATCH_PORT: String(watchPort),
          GATEWAY_PORT: String((gateway.address() as AddressInfo).port),
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
      return async () => {
        const answer = await fetch(`http://127.0.0.1:${watchPort}/`);
        return [answer.status, await answer.text()];
      };
    }

    it("is content while a connection to Redis is there", async () => {
      await holdConnection();
      const ask = await start();
      assert.deepEqual(await ask(), alive);
    });

    it("asks for one restart at a time when the connection is lost, until there is one again", async () => {
      const [first, second] = [await start(), await start({ POD_NAME: "plano-2" })];
      assert.deepEqual(await first(), lost);
      assert.deepEqual(await second(), alive, "the other waits for its turn");
      assert.deepEqual(await first(), lost, "one look is not enough for Kubernetes");
      await using client = new DisposableRedis(redis.url);
      assert.equal(await client.redis.get("plano-affinity:restart"), "plano-1");
      const ttl = await client.redis.ttl("plano-affinity:restart");
      assert.ok(ttl > 0 && ttl <= 60, String(ttl));
      await holdConnection();
      assert.deepEqual(await first(), alive);
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
      assert.deepEqual(await ask(), lost, "Redis is back, the connection is not");
    });

    it("says so when the gateway does not answer", async () => {
      await holdConnection();
      const ask = await start({ GATEWAY_PORT: "1" });
      assert.deepEqual(await ask(), [503, "the gateway does not answer /healthz\n"]);
    });
  });
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
