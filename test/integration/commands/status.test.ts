import assert from "node:assert/strict";
import { Redis } from "ioredis";
import { pinsNote, readPins, renderPins } from "../../../commands/status/pins";
import { lookWay, redisRows } from "../../../commands/status/redis";
import { makeAuthority } from "../../../lib/testing/certificates";
import { startRedis, type StartedRedis } from "../../../standin/testing";
import { FakeApiServer } from "../../../lib/kubernetes/testing/fake-api-server";
import { startTlsRedis } from "../redis/tls-redis";
import { startFakeRedis } from "../verify/fake-socket-server";
import { statusRow as row } from "../../stacks/stack";
import { StackState } from "./stack-state";

const apps = "/apis/apps/v1/namespaces/demo/deployments/plano";
const pods = "/api/v1/namespaces/demo/pods";
const autoscaler = "/apis/autoscaling/v2/namespaces/demo/horizontalpodautoscalers/plano";
const secret = "/api/v1/namespaces/demo/secrets/plano-secrets";

const addresses = { gatewayUrl: "http://127.0.0.1:1", gatewayHint: "", jaegerUrl: "http://127.0.0.1:2", jaegerHint: "" };

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** A client that ends with its test, and does not look for its server again. */
function clientOf(url: string): Redis & AsyncDisposable {
  const client = new Redis(url, { retryStrategy: () => null });
  return Object.assign(client, { [Symbol.asyncDispose]: async () => client.disconnect() });
}

describe("npm run status", function () {
  this.timeout(300_000);
  let state: StackState;
  let redis: StartedRedis;
  let api: FakeApiServer;

  before(async function () {
    state = await StackState.create(this, "status-it");
    redis = await startRedis({ password: "hidden-password", maxMemory: "64mb" });
    api = await FakeApiServer.start();
    api.answers.set("/version", { gitVersion: "v1.34.4" });
    api.answers.set(apps, {
      spec: {
        replicas: 2,
        template: {
          spec: { containers: [{ name: "gateway", image: "x/standin:1", env: [{ name: "STANDIN_FAULT", value: "none" }] }] },
        },
      },
      status: { readyReplicas: 1, updatedReplicas: 2 },
    });
    const ready = { conditions: [{ type: "Ready", status: "True" }], containerStatuses: [{ name: "gateway", restartCount: 4 }] };
    api.answers.set(pods, {
      items: [{ metadata: { name: "plano-1", uid: "1" }, spec: { nodeName: "node-a" }, status: ready }],
    });
    api.answers.set(secret, { data: { REDIS_URL: base64(redis.url) } });
  });

  after(async () => {
    await api?.[Symbol.asyncDispose]();
    await redis?.[Symbol.asyncDispose]();
    await state?.[Symbol.asyncDispose]();
  });

  it("says in two lines that there is no stack or that it was never up, and fails; and takes no options", async () => {
    const said = async (...args: string[]): Promise<string> => {
      const { code, output } = await state.task("status", ...args);
      assert.equal(code, 1, output);
      return output;
    };
    const absent = `there is no stack status-it in file://${state.folder}/state\n→ npm start makes it, or PULUMI_STACK names another\n`;
    assert.equal(await said(), absent);
    await state.pulumi("stack", "init", "status-it");
    assert.match(await said(), /^the stack status-it in .* has nothing to show: it was never up\n→ npm start brings it up\n$/);
    assert.equal(
      await said("--stack", "x"),
      "npm run status does not know --stack x; it takes --pins, and PULUMI_STACK names another stack than dev\n",
    );
  });

  /** Runs the task, which must succeed. */
  const status = async (): Promise<string> => {
    const { code, output } = await state.task("status");
    assert.equal(code, 0, output);
    return output;
  };

  it("shows what there is of a stack with an external Redis, and of the rest why it is not there", async () => {
    await using client = clientOf(redis.url);
    for (const [i, seconds] of [100, 300, 200].entries()) await client.set(`plano:affinity:s-${i}`, "{}", "EX", seconds);
    await client.set("other", "x");
    await state.setOutputs({ kubeconfig: api.kubeconfig(), namespace: "demo", ...addresses });
    const output = await status();
    for (const [label, text] of Object.entries({
      stack: "status-it, namespace demo",
      cluster: `existing cluster, context fake at ${api.url}, runs Kubernetes v1.34.4`,
      gateway: "stand-in for Plano, image x/standin:1",
      replicas: "1 of 2 ready",
      replica: "plano-1: ready, age –, 4 restarts, on node node-a",
      autoscaler: "unknown: there is no HorizontalPodAutoscaler plano",
      verdict: "none yet",
      "gateway at": "http://127.0.0.1:1",
    }))
      assert.equal(row(output, label), text);
    const [place, memory] = row(output, "Redis").split(/: (?=\d)/);
    assert.equal(place, `external, redis://127.0.0.1:${redis.port}`);
    assert.match(memory ?? "", /^\d\.\d MiB of 64\.0 MiB .*, allkeys-lru; 0 evicted since it started$/);
    assert.match(row(output, "pins"), /^4 keys in database 0; TTL about \d+ s on average; 1 never expire$/);
    assert.doesNotMatch(output, /hidden-password|fake-token|\u001b/);
  });

  it("lists the pins of both kinds with --pins, shows what is none, and nothing of a value that a terminal would obey", async () => {
    await using client = clientOf(redis.url);
    await client.flushall();
    const put = (session: string, value: string) => client.set(`plano:affinity:${session}`, value, "EX", 600);
    await put("fixed", '{"model_name":"openai/gpt-5.2","route_name":"deep_reasoning"}');
    await put("acme:anchored", '{"anchor_model":"openai/gpt-4o-mini","turns":3}');
    await put("hostile\u001b[2J\t\u202e", `\u001b]0;title\u0007${"x".repeat(5_000)}`);
    await client.set("plano:affinity:eternal", '{"model_name":"m"}');
    await client.lpush("plano:affinity:list", "a");
    await client.set("other", "x");
    const { code, stdout, stderr } = await state.task("status", "--pins");
    assert.equal(code, 0, stderr);
    // What npm itself prints comes before.
    const lines = stdout
      .slice(stdout.indexOf("session\t"))
      .replaceAll(/\t(600|5\d\d) s$/gm, "\t600 s")
      .split("\n");
    assert.deepEqual(lines, [
      "session\tmodel\troute\tTTL",
      "acme:anchored\topenai/gpt-4o-mini\t–\t600 s",
      "eternal\tm\t–\tnever ends",
      "fixed\topenai/gpt-5.2\tdeep_reasoning\t600 s",
      `hostile\\u{1b}[2J\\u{9}\\u{202e}\tno pin: \\u{1b}]0;title\\u{7}${"x".repeat(81)}…\t–\t600 s`,
      "list\tno pin: WRONGTYPE Operation against a key holding the wrong kind of value\t–\tnever ends",
      "",
    ]);
    assert.match(stderr, /^5 pins$/m);
    assert.doesNotMatch(stdout + stderr, /hidden-password|[\u0007\u001b\u202e]/);
  });

  it("reads a Redis whose certificate is of an authority of one's own", async () => {
    const authority = await makeAuthority();
    const { key, cert } = await authority.issue("127.0.0.1");
    await using tls = await startTlsRedis(key, cert);
    api.answers.set(secret, { data: { REDIS_URL: base64(tls.url), CA_BUNDLE: base64(authority.cert) } });
    assert.equal(row(await status(), "pins"), "0 keys in database 0");
    const { stdout, stderr } = await state.task("status", "--pins");
    assert.match(stderr, /^0 pins$/m, stdout);
  });

  it("says why Redis cannot be read, and shows the autoscaler", async () => {
    api.answers.set(secret, { data: { REDIS_URL: base64("redis://:hidden-password@127.0.0.1:1") } });
    api.answers.set(autoscaler, { spec: { minReplicas: 2, maxReplicas: 5 }, status: { currentReplicas: 2, desiredReplicas: 2 } });
    const output = await status();
    assert.equal(row(output, "Redis"), "unknown: Redis at 127.0.0.1:1 refused the connection");
    assert.equal(row(output, "pins"), "unknown: Redis was not read");
    assert.equal(row(output, "autoscaler"), "2 replicas, from 2 to 5; CPU unknown: not measured yet");
    assert.doesNotMatch(output, /hidden-password/);
    const pins = await state.task("status", "--pins");
    assert.equal(pins.code, 1);
    assert.match(pins.output, /^Redis at 127\.0\.0\.1:1 refused the connection\n$/m);
    api.answers.delete(secret);
    api.answers.set(pods, { items: [] });
    assert.equal(row(await status(), "Redis"), "unknown: no ready Redis pod matches app=redis in namespace demo");
  });

  it("shows a stack that was taken down with its cluster", async () => {
    await state.setOutputs({ kubeconfig: api.kubeconfig() });
    const output = await status();
    assert.match(row(output, "cluster"), /runs Kubernetes v1\.34\.4$/);
    assert.equal(row(output, "gateway"), "unknown: not on the cluster; npm start brings it back");
  });

  it("shows a stack whose cluster does not answer, or stands still", async () => {
    const gone = await FakeApiServer.start();
    const kubeconfig = gone.kubeconfig();
    await gone[Symbol.asyncDispose]();
    const outputs = { namespace: "demo", ...addresses };
    await state.setOutputs({ kubeconfig, ...outputs });
    const output = await status();
    assert.match(row(output, "cluster"), /: connection refused; is the cluster up, and is this the right context\?$/);
    for (const label of ["gateway", "replicas", "autoscaler", "Redis"])
      assert.equal(row(output, label), "unknown: the cluster does not answer");
    assert.equal(row(output, "Jaeger at"), "http://127.0.0.1:2");
    await state.setOutputs({ kubeconfig: kubeconfig.replaceAll("fake", "plano-affinity-gone"), ...outputs });
    assert.match(row(await status(), "cluster"), /^sandbox gone at http:.*: stopped; npm start starts it again$/);
    const pins = await state.task("status", "--pins");
    assert.deepEqual([pins.code, pins.output], [1, "the stack status-it is not running\n→ npm start brings it back\n"]);
  });
});

describe("a look at Redis", function () {
  this.timeout(180_000);

  it("says what Redis' access list hides", async () => {
    await using redis = await startRedis({ password: "pw", rules: "~* +@all -info" });
    const [memory, pins] = await redisRows({ name: "redis-0", url: redis.url });
    assert.equal(memory?.[1], "redis-0: it does not tell its memory");
    assert.equal(pins?.[1], "unknown: Redis does not tell its keys");
  });

  it("lists a bounded number of pins and counts the rest, and says who may not", async () => {
    await using redis = await startRedis();
    await using client = clientOf(redis.url);
    for (let i = 0; i < 3_000; i++) void client.set(`plano:affinity:s-${String(i).padStart(4, "0")}`, '{"model_name":"m"}');
    await client.ping();
    const { signal } = new AbortController();
    const list = await readPins({ url: redis.url, lookUrl: redis.url }, signal);
    assert.deepEqual([list.rows.length, list.rows.at(-1)?.[0], list.count, list.isComplete], [200, "s-0199", 3_000, true]);
    assert.equal(pinsNote(list, "none"), "200 of 3,000 pins, by name");
    assert.equal(
      pinsNote({ ...list, isComplete: false }, "x-tenant"),
      "200 of more than 3,000 pins, by name; with a tenant, TENANT:SESSION",
    );
    assert.match(renderPins(list, true), /│ session\s+│ model\s+│ route\s+│ TTL\s+│\n[^]*│ s-0199\s+│ m\s+│/);
    await client.call("ACL", "SETUSER", "limited", "on", ">pw", "~*", "+@all", "-scan");
    await assert.rejects(readPins({ url: redis.url, lookUrl: redis.url.replace("redis://", "redis://limited:pw@") }, signal), {
      name: "Unmeasurable",
      message: `Redis at 127.0.0.1:${redis.port} cannot be read: NOPERM this user has no permissions to run the 'scan' command`,
    });
    await assert.rejects(readPins({ url: redis.url, lookUrl: redis.url }, AbortSignal.abort(new Error("interrupted"))), {
      message: "interrupted",
    });
  });

  it("leaves out a pin that ran out while it was read", async () => {
    const replies = { scan: "*2\r\n$1\r\n0\r\n*1\r\n$16\r\nplano:affinity:s\r\n", get: "$2\r\n{}\r\n", pttl: ":-2\r\n" };
    const all = new Map(Object.entries({ ...replies, time: "*2\r\n$1\r\n5\r\n$1\r\n5\r\n" }));
    await using server = await startFakeRedis((command) => all.get(command.toLowerCase()) ?? "+OK\r\n");
    const url = `redis://${server.address}`;
    assert.deepEqual((await readPins({ url, lookUrl: url }, new AbortController().signal)).rows, []);
  });

  it("asks for no more keys where those that it has take too much room", async () => {
    const key = `plano:affinity:${"x".repeat(4 * 2 ** 20)}`;
    let scans = 0;
    await using redis = await startFakeRedis((command) => {
      if (/^time$/i.test(command)) return "-ERR no\r\n";
      if (!/^scan$/i.test(command)) return "+OK\r\n";
      const name = `${key}${++scans}`;
      return `*2\r\n$1\r\n7\r\n*1\r\n$${name.length}\r\n${name}\r\n`;
    });
    const url = `redis://${redis.address}`;
    // It knows no values: what matters is that it was asked for no more keys.
    await assert.rejects(readPins({ url, lookUrl: url }, new AbortController().signal), /^Unmeasurable: Redis at /);
    assert.ok(scans >= 16 && scans <= 17, `${scans} scans`);
  });

  it("finds the account for people in the stack's own Redis, and says what to do where an older one has none", async () => {
    const own = { url: "redis://:gateway@127.0.0.1:1", isOwn: true };
    const secretValue = async (name: string, key: string) => (name + key === "redis-authlook-password" ? "a+b\n" : undefined);
    assert.equal(await lookWay({ secretValue }, own), "redis://look:a%2Bb@127.0.0.1:1");
    assert.equal(await lookWay({ secretValue }, { ...own, isOwn: false }), own.url);
    await assert.rejects(lookWay({ secretValue: async () => undefined }, own), {
      message: /^there is no look-password in the Secret redis-auth, .*\n→ npm run pulumi -- up adds it/,
    });
  });

  it("names a server that says nothing, and not the password", async () => {
    await using silent = await startFakeRedis(() => undefined);
    await assert.rejects(redisRows({ name: "x", url: `redis://:hidden@${silent.address}` }, 1_000), {
      message: new RegExp(`^Redis at ${silent.address} gave no answer within 1 s`),
    });
  });
});
