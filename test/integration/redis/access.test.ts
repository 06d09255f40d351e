import assert from "node:assert/strict";
import { connectRedis, RedisPinStore } from "../../../standin/gateway/redis-pin-store";
import type { Log } from "../../../standin/log";
import { run } from "../../../lib/command";
import { pauseClients } from "../../../verify/redis/clients";
import { RedisInspector } from "../../../verify/redis/inspector";
import { callRedis, freePodPorts, needsRedisPods, passwords, render, RenderedPod, withPasswords } from "./rendered-pod";

/** What would empty Redis, stop it, change it, lead it elsewhere, or show more than one pin. */
const dangerous: readonly string[] = [
  ...["FLUSHALL", "FLUSHDB", "SWAPDB 0 1", "RENAME pin other", "RENAMENX pin other", "COPY pin other", "MOVE pin 1"],
  ...["RESTORE other 0 x", "MIGRATE 127.0.0.1 1 pin 0 1", "UNLINK pin", "GETDEL pin", "PERSIST pin", "TOUCH pin"],
  ...["CONFIG GET *", "CONFIG SET maxmemory 1", "CONFIG REWRITE", "CONFIG RESETSTAT", "ACL LIST", "ACL SETUSER other on nopass"],
  ...["ACL LOAD", "ACL SAVE", "ACL WHOAMI", "DEBUG SLEEP 0", "DEBUG SEGFAULT", "SHUTDOWN NOSAVE", "SAVE", "BGSAVE", "LASTSAVE"],
  ...["BGREWRITEAOF", "REPLICAOF 127.0.0.1 1", "SLAVEOF NO ONE", "FAILOVER", "PSYNC ? -1", "SYNC", "REPLCONF ack 0"],
  ...["MODULE LIST", "MODULE LOAD /tmp/x.so", "CLUSTER INFO", "CLUSTER MEET 127.0.0.1 1", "LATENCY RESET", "SLOWLOG RESET"],
  ...["SLOWLOG GET", "MONITOR", "KEYS *", "SCAN 0", "RANDOMKEY", "DBSIZE", "OBJECT ENCODING pin", "MEMORY USAGE pin", "SORT pin"],
  ...["EVAL return(1) 0", "EVALSHA 0 0", "SCRIPT LOAD x", "SCRIPT FLUSH", "FUNCTION LOAD x", "FUNCTION FLUSH", "FCALL x 0"],
  ...["CLIENT PAUSE 1", "CLIENT UNPAUSE", "CLIENT UNBLOCK 1", "CLIENT NO-EVICT on", "PUBLISH a b", "SUBSCRIBE a", "PSUBSCRIBE *"],
  ...["MULTI", "EXEC", "WATCH pin", "WAIT 0 0", "COMMAND", "BLPOP pin 1", "APPEND pin x", "SETRANGE pin 0 x", "MSET pin x"],
];

/** Who asks for what; `CLIENT SETINFO` is of Redis 7.2, and an older one knows no such thing, but must not forbid it. */
const needed: readonly (readonly [string, readonly string[]])[] = [
  [
    "Plano (redis-rs)",
    ["HELLO 2", "CLIENT SETINFO LIB-NAME redis-rs", "SELECT 0", "PING", "SETEX pin 600 x", "GET pin", "DEL pin"],
  ],
  [
    "the stand-in",
    ["INFO", "SET pin x EX 600", "SET pin x EX 600 NX", "EXPIRE pin 600", "INCR counter", "SELECT 1", "DEL counter"],
  ],
  ["the watch beside the gateway", ["SET plano-affinity:restart plano-1 NX EX 5"]],
  [
    "the verifier",
    ["CLIENT SETNAME v", "PING", "TIME", "GET pin", "PTTL pin", "INFO server", "INFO memory", "INFO stats", "ROLE"],
  ],
  ["its faults", ["CLIENT LIST TYPE normal", "CLIENT ID", "CLIENT KILL TYPE pubsub SKIPME yes"]],
  ["people", ["TTL pin", "ECHO x", "CLIENT GETNAME", "CLIENT INFO"]],
  ["the proxy's check", ["INFO replication", "QUIT"]],
  ["the exporter", ["CLIENT SETNAME redis_exporter", "INFO all", "SLOWLOG LEN", "LATENCY LATEST", "LATENCY HISTOGRAM"]],
];

const quiet = { info() {}, warn() {}, error() {} } as unknown as Log;

/** A pod of the stack's Redis while the tests of a suite run. */
function withPod(members: 1 | 3, lines?: readonly string[]): () => RenderedPod {
  let pod: RenderedPod;
  before(async function () {
    await needsRedisPods(this);
    pod = await RenderedPod.create("redis-0", await freePodPorts());
    await pod.start(await render(members), lines);
  });
  after(() => pod?.[Symbol.asyncDispose]());
  return () => pod;
}

/** A real redis-server from the files that the stack renders. */
describe("who may do what in the stack's Redis", function () {
  this.timeout(180_000);
  // Redis itself forbids DEBUG and MODULE before it asks the list: here the list must be what forbids them.
  const pod = withPod(3, ["enable-debug-command yes", "enable-module-command yes"]);

  /** @returns the error's message; undefined when it was done */
  const refusal = (command: string, url = pod().url()): Promise<string | undefined> =>
    callRedis(url, command).then(
      () => undefined,
      (error: unknown) => (error as Error).message,
    );

  it("denies the gateway's user everything dangerous", async () => {
    for (const command of dangerous)
      assert.match((await refusal(command)) ?? "done", /NOPERM this user has no permissions to run the '/, command);
  });

  for (const [who, commands] of needed)
    it(`allows what is asked for by ${who}`, async () => {
      for (const command of commands) {
        const message = await refusal(command);
        // A lone replica takes no writes; that is after the list of access has been asked.
        const after = /^NOREPLICAS|^ERR unknown subcommand 'SETINFO'/;
        assert.ok(message === undefined || after.test(message), `${command}: ${message}`);
      }
    });

  it("lets nobody in without a password, or with another one", async () => {
    const at = `${pod().host}:${pod().ports.redis}`;
    assert.match((await refusal("PING", `redis://${at}`)) ?? "", /^NOAUTH/);
    const { clients, members } = passwords;
    for (const login of ["default:wrong", `member:${clients}`, `default:${members}`, `other:${clients}`])
      assert.match((await refusal("PING", `redis://${login}@${at}`)) ?? "", /^(WRONGPASS|NOAUTH)/, login);
  });

  it("gives the members what replication and Sentinel need, and no pin", async () => {
    const member = pod().url("member", passwords.members);
    const denied = ["GET pin", "SET pin x", "FLUSHALL", "KEYS *", "CONFIG GET *", "CONFIG SET a b", "ACL LIST", "DEBUG SLEEP 0"];
    for (const command of [...denied, "SHUTDOWN", "MODULE LIST", "EVAL return(1) 0", "PUBLISH other x"])
      assert.match((await refusal(command, member)) ?? "", /^NOPERM/, command);
    const allowed = ["PING", "INFO", "ROLE", "CONFIG REWRITE", "PUBLISH __sentinel__:hello x", "REPLCONF capa eof", "MULTI"];
    for (const command of [...allowed, "SLAVEOF NO ONE", "CLIENT SETNAME s", "CLIENT KILL TYPE pubsub"])
      assert.equal(await refusal(command, member), undefined, command);
  });

  it("lets people look at all pins, and change none", async () => {
    const look = pod().url("look", passwords.look);
    const looking = ["KEYS *", "SCAN 0", "GET pin", "TTL pin", "PTTL pin", "TYPE pin", "EXISTS pin", "DBSIZE", "INFO", "PING"];
    for (const command of looking) assert.equal(await refusal(command, look), undefined, command);
    const shown = new Set(["KEYS *", "SCAN 0", "DBSIZE", "OBJECT ENCODING pin", "MEMORY USAGE pin", "COMMAND"]);
    const changing = ["SET pin x", "SETEX pin 600 x", "DEL pin", "EXPIRE pin 1", "INCR pin"];
    for (const command of [...dangerous.filter((it) => !shown.has(it)), ...changing])
      assert.match((await refusal(command, look)) ?? "done", /NOPERM/, command);
    const probe = (...args: string[]) => pod().lookScript(...args);
    assert.match(await probe("-e", "ping"), /PONG/);
    assert.match(await probe("dbsize"), /^\d+/);
    assert.match(await probe("flushall"), /NOPERM/);
  });

  it("lets the account of the check faults make clients wait, and nothing else", async () => {
    const pause = pod().url("pause", passwords.pause);
    for (const command of [...dangerous, "GET pin", "SET pin x", "INFO", "CLIENT LIST", "CLIENT KILL TYPE normal"])
      if (command !== "CLIENT PAUSE 1") assert.match((await refusal(command, pause)) ?? "done", /NOPERM/, command);
    const waitedMs = await pauseClients(pod().url(), pause, 300);
    assert.ok(waitedMs > 250, String(waitedMs));
    await assert.rejects(pauseClients(pod().url(), pod().url(), 300), { name: "Unmeasurable", message: /NOPERM/ });
  });

  it("answers the probes of Redis and Sentinel", async () => {
    const ping = (port: number, password: string) =>
      run("redis-cli", ["-h", pod().host, "-p", String(port), "-e", "ping"], {
        env: { ...process.env, REDISCLI_AUTH: password },
      });
    assert.match(await ping(pod().ports.redis, passwords.clients), /PONG/);
    assert.match(await ping(pod().ports.sentinel, passwords.members), /PONG/);
    await assert.rejects(ping(pod().ports.sentinel, passwords.clients), /WRONGPASS|NOAUTH/);
  });
});

describe("a single Redis of the stack, with its lists of access", function () {
  this.timeout(180_000);
  const pod = withPod(1);

  it("serves the stand-in's pins and the verifier's looks", async () => {
    const redis = await connectRedis(pod().url(), quiet);
    const value = '{"model_name":"openai/gpt-5.2","route_name":"deep_reasoning"}';
    const store = new RedisPinStore(redis, quiet);
    await store.put("plano:affinity:s", value, 600);
    assert.equal(await store.get("plano:affinity:s"), value);
    await using inspector = await RedisInspector.connect(pod().url());
    const [look, none] = await inspector.look(["plano:affinity:s", "plano:affinity:none"]);
    assert.equal(look?.value, value);
    assert.ok(look.pttl > 590_000 && look.pttl <= 600_000, String(look.pttl));
    assert.deepEqual([none?.value, none?.pttl], [null, -2]);
    const memory = await inspector.memory();
    assert.deepEqual([memory?.role, memory?.policy, memory?.maxBytes], ["master", "allkeys-lru", 64 * 2 ** 20]);
    redis.disconnect();
  });

  it("keeps its pins under a new password, and lets the old one in no more", async () => {
    await using before = await RedisInspector.connect(pod().url());
    const [kept] = await before.look(["plano:affinity:s"]);
    await pod().start(await render(1, "ANewPassword0001"));
    await assert.rejects(RedisInspector.connect(pod().url()), /refused the password/);
    await using inspector = await RedisInspector.connect(pod().url("default", "ANewPassword0001"));
    const [look] = await inspector.look(["plano:affinity:s"]);
    assert.ok(look !== undefined && look.value !== null && look.pttl > 0, JSON.stringify(look));
    assert.equal(look.value, kept?.value);
    await pod().start(withPasswords(await render(1), passwords.clients));
    await using again = await RedisInspector.connect(pod().url());
    assert.equal((await again.look(["plano:affinity:s"]))[0]?.value, kept?.value, "and back");
  });
});
