import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import Redis from "ioredis";
import { freePort, StartedRedis } from "../../../standin/testing/redis";
import { skipBecause } from "../../../lib/testing/skip";

const folder = join(__dirname, "..", "..", "..", "components", "plano", "redis-watch");
const password = "p%40ss word";
export const lost = [503, "the gateway has lost its connection to Redis and does not make a new one; Redis answers\n"];
export const alive = [200, "alive\n"];

/** Least and most seconds of the drains. */
export const [least, most] = [1, 3];

/** A look is remembered for a second. */
export const nextLook = (): Promise<void> => delay(1_100);

export const portOf = (server: { address(): unknown }): number => (server.address() as AddressInfo).port;

export type Ask = (path?: string) => Promise<unknown[]>;

/** What the tests of a watch share: a Redis, a gateway, and the connections and watches that end with each test. */
export interface WatchRig {
  readonly redis: StartedRedis;
  readonly connection: Socket | undefined;
  readonly watches: readonly ChildProcess[];
  /** Holds a connection to Redis' port. */
  readonly holdConnection: (host?: string) => Promise<void>;
  /** Holds a connection to the gateway, or to this port. */
  readonly holdClient: (port?: number) => Promise<Socket>;
  /** Starts a watch. @returns what asks it */
  readonly start: (env?: NodeJS.ProcessEnv, port?: number) => Promise<Ask>;
}

/** Runs the tests with the watch of each interpreter. */
export function describeWatches(tests: (rig: WatchRig) => void): void {
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
          if (watch.exitCode !== null || watch.signalCode !== null) continue;
          watch.kill();
          await once(watch, "exit");
        }
      });

      after(async () => {
        gateway?.close();
        await redis?.[Symbol.asyncDispose]();
      });

      async function holdConnection(host = "127.0.0.1"): Promise<void> {
        connection = connect(redis.port, host);
        await once(connection, "connect");
      }

      async function holdClient(port = portOf(gateway)): Promise<Socket> {
        client = connect(port, "127.0.0.1").pause();
        await once(client, "connect");
        return client;
      }

      async function start(env: NodeJS.ProcessEnv = {}, port = redis.port): Promise<Ask> {
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

      tests({
        get redis() {
          return redis;
        },
        get connection() {
          return connection;
        },
        watches,
        holdConnection,
        holdClient,
        start,
      });
    });
  }
}

/** A client that is gone at the end of its block. */
export class DisposableRedis implements AsyncDisposable {
  readonly redis: Redis;

  constructor(url: string) {
    this.redis = new Redis(url);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.redis.quit();
  }
}
