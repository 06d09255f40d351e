import { strict as assert } from "node:assert";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { StartedRedis } from "../../../standin/testing/redis";
import { procNetTcp } from "./proc-net-tcp";
import { alive, describeWatches, DisposableRedis, lost, nextLook, portOf } from "./redis-watch-rig";

describeWatches((rig) => {
  const { holdConnection, start, watches } = rig;

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
    await using client = new DisposableRedis(rig.redis.url);
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
      writeFile(join(table, "tcp"), procNetTcp(retransmits.map((times) => ({ port: rig.redis.port, retransmits: times }))));
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

  it("lets the gateway start when Redis lets this pod in, and says why not before", async () => {
    const ask = await start();
    assert.deepEqual(await ask("/start"), alive);
    const refused = await start({ REDIS_URL: `redis://:wrong@127.0.0.1:${rig.redis.port}` });
    const [status, reason] = await refused("/start");
    assert.equal(status, 503);
    assert.match(
      String(reason),
      new RegExp(`^Redis at 127.0.0.1:${rig.redis.port} does not let this pod in yet: -WRONGPASS .*\n$`),
    );
    await rig.redis.kill();
    try {
      const [, gone] = await ask("/start");
      assert.match(
        String(gone),
        /^Redis at 127\.0\.0\.1:\d+ does not let this pod in yet: .*(ECONNREFUSED|Connection refused).*\n$/,
      );
    } finally {
      await rig.redis.restart();
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
    const refused = await start({ REDIS_URL: `redis://:wrong@127.0.0.1:${rig.redis.port}` });
    assert.deepEqual(await refused(), alive);
    const ask = await start();
    await rig.redis.kill();
    try {
      assert.deepEqual(await ask(), alive);
    } finally {
      await rig.redis.restart();
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
