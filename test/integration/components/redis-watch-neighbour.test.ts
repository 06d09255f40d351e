import { strict as assert } from "node:assert";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { procNetTcp } from "./proc-net-tcp";
import { alive, type Ask, describeWatches, lost, nextLook } from "./redis-watch-rig";

describeWatches((rig) => {
  const { holdConnection, start } = rig;

  describe("beside a neighbour whose port is Redis'", () => {
    let table: string;

    beforeEach(async () => void (table = await mkdtemp(join(tmpdir(), "plano-affinity-watch-"))));
    afterEach(() => rm(table, { recursive: true }));

    /** Connections to Redis' port at addresses as the kernel writes them. */
    const connections = (...addresses: string[]): Promise<unknown> =>
      Promise.all(
        (["tcp", "tcp6"] as const).map((name) => {
          const fitting = addresses.filter((address) => address.length === (name === "tcp" ? 8 : 32));
          return writeFile(join(table, name), procNetTcp(fitting.map((address) => ({ port: rig.redis.port, address }))));
        }),
      );
    const [redisHere, neighbour, elsewhere] = ["0100007F", "0200007F", "0300007F"] as const;
    const neighbourMapped = "0000000000000000FFFF00000200007F";

    /** Starts a watch that had the time to look up the neighbour's name. */
    async function startBeside(name: string, env: NodeJS.ProcessEnv = {}): Promise<Ask> {
      const ask = await start({ PROC_NET: table, NEIGHBOUR: `${name}:${rig.redis.port}`, ...env });
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
      await once(listener.listen(rig.redis.port, "127.0.0.2"), "listening");
      try {
        await holdConnection("127.0.0.2");
        const ask = await startBeside("127.0.0.2", { PROC_NET: "/proc/net" });
        assert.deepEqual(await ask(), lost);
      } finally {
        rig.connection?.destroy();
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
      const unknown = `redis://redis.invalid:${rig.redis.port}`;
      assert.deepEqual(await (await startBeside("127.0.0.2", { REDIS_URL: unknown }))(), alive, "Redis' name");
      await connections(redisHere);
      assert.deepEqual(await (await startBeside("127.0.0.1"))(), alive, "both have it");
    });
  });
});
