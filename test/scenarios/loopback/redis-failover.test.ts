import assert from "node:assert/strict";
import { redisMembers } from "../../../components/redis/redis-files";
import { haproxyConf } from "../../../components/redis/redis-proxy";
import { waitFor } from "../../../lib/wait";
import { RedisInspector } from "../../../verify/redis/inspector";
import { findMaster } from "../../../verify/redis/master";
import { stepByStep } from "../../../lib/testing/skip";
import {
  callRedis,
  freePodPorts,
  needsRedisPods,
  passwords,
  render,
  type Rendered,
  RenderedPod,
  withPasswords,
} from "../../integration/redis/rendered-pod";

const pins = Array.from({ length: 50 }, (_, i) => `plano:affinity:s-${i}`);
const newPassword = "ANewPassword0001";

/** What the proxy takes for a master that takes writes; its test is haproxy.cfg's own. */
const chosen = new RegExp(/expect rstring '(.*)'/.exec(haproxyConf(redisMembers))?.[1] ?? "never");

/** Three pods of real redis-servers and Sentinels, from the files and commands that the stack renders. */
describe("a Redis of three, with its lists of access", function () {
  this.timeout(120_000);
  stepByStep(this);
  const pods: RenderedPod[] = [];
  let rendered: Rendered;
  let password: string = passwords.clients;
  let memberPassword: string = passwords.members;

  before(async function () {
    await needsRedisPods(this);
    rendered = await render(3);
    const ports = await freePodPorts();
    for (const name of redisMembers) pods.push(await RenderedPod.create(name, ports));
    await Promise.all(pods.map((it) => it.start(rendered)));
  });

  after(async () => {
    await Promise.all(pods.map((it) => it[Symbol.asyncDispose]()));
  });

  /** One command; its error's message where it is refused. */
  function ask(pod: RenderedPod, command: string, of: "redis" | "sentinel" = "redis"): Promise<unknown> {
    const url = of === "redis" ? pod.url("default", password) : `redis://:${memberPassword}@${pod.host}:${pod.ports.sentinel}`;
    return callRedis(url, command).catch((error: unknown) => (error as Error).message);
  }

  /** The member that the proxy would lead to. */
  async function master(limit: number, other?: RenderedPod): Promise<RenderedPod> {
    return waitFor({ subject: "a master that takes writes", limitMs: limit * 1_000, intervalMs: 250 }, async () => {
      const seen: string[] = [];
      for (const pod of pods.filter((it) => it !== other)) {
        const info = String(await ask(pod, "INFO replication"));
        if (chosen.test(info)) return pod;
        seen.push(`${pod.host}: ${info.replace(/\s+/g, " ").slice(0, 120)}`);
      }
      throw new Error(seen.join("; "));
    });
  }

  /** Waits until one master has two replicas that keep up, and every Sentinel knows two others and the same master. */
  async function whole(limit: number): Promise<RenderedPod> {
    return waitFor({ subject: "three members that know each other", limitMs: limit * 1_000, intervalMs: 250 }, async () => {
      const infos = await Promise.all(pods.map((it) => ask(it, "INFO replication")));
      const at = infos.findIndex((it) => /role:master\s+connected_slaves:2\s+min_slaves_good_slaves:2/.test(String(it)));
      if (at < 0) throw new Error(infos.map((it) => String(it).replace(/\s+/g, " ").slice(0, 120)).join("; "));
      const words = await Promise.all(pods.map((it) => ask(it, "SENTINEL MASTER pins", "sentinel")));
      const known = words.map((it) => (Array.isArray(it) ? fieldsOf(it as string[]) : {}));
      const agreed = known.every(
        (it) =>
          it["ip"] === pods[at]?.host &&
          it["num-other-sentinels"] === "2" &&
          it["num-slaves"] === "2" &&
          it["flags"] === "master",
      );
      if (!agreed) throw new Error(JSON.stringify(known));
      return pods[at];
    });
  }

  async function assertPins(pod: RenderedPod): Promise<void> {
    await using inspector = await RedisInspector.connect(pod.url("default", password));
    const looks = await inspector.look(pins);
    assert.deepEqual(
      looks.map(({ value }) => value),
      pins.map(() => "model"),
    );
    assert.ok(looks.every(({ pttl }) => pttl > 0));
  }

  /** Ends the master, sees that another one takes over with all pins, and lets the old one come back as a replica. */
  async function failOver(): Promise<void> {
    const old = await whole(30);
    await old.stop();
    const next = await master(40, old);
    assert.notEqual(next.host, old.host);
    await assertPins(next);
    assert.equal(await ask(next, "SET plano:affinity:later model EX 600"), "OK");
    await old.start(withPasswords(rendered, password, memberPassword));
    assert.equal((await whole(40)).host, next.host, "the old master is a replica now");
  }

  /** Members get new files one after the other, as a StatefulSet does it: the last one first, each when the one before is up. */
  async function roll(): Promise<void> {
    for (const pod of [...pods].reverse()) {
      await pod.stop();
      await pod.start(withPasswords(rendered, password, memberPassword));
      await new Promise((resolve) => setTimeout(resolve, 3_000));
    }
  }

  it("replicates, and Sentinels know each other", async () => {
    const first = await whole(40);
    assert.equal(first.host, RenderedPod.host("redis-0"));
    for (const key of pins) assert.equal(await ask(first, `SET ${key} model EX 600`), "OK");
    const members = pods.map((pod) => ({ name: pod.host, url: pod.url() }));
    assert.equal((await findMaster(members)).name, first.host, "as the verifier finds it");
  });

  it("fails over, and demotes the old master when it comes back", () => failOver());

  it("takes a new password of the clients, member by member, and loses no pin", async () => {
    password = newPassword;
    await roll();
    await assertPins(await whole(40));
    for (const pod of pods) await assert.rejects(RedisInspector.connect(pod.url()), /refused the password/, pod.host);
  });

  it("takes a new password of the members, whatever Sentinel wrote down before, and loses no pin", async () => {
    memberPassword = "AnotherOfTheMembers1";
    await roll();
    await assertPins(await whole(60));
    assert.match(String(await ask(pods[0] as RenderedPod, "PING")), /PONG/);
    memberPassword = passwords.members;
    assert.match(String(await ask(pods[0] as RenderedPod, "PING", "sentinel")), /WRONGPASS|NOAUTH/, "Sentinel wants the new one");
    memberPassword = "AnotherOfTheMembers1";
  });

  it("fails over after both", () => failOver());
});

function fieldsOf(words: readonly string[]): Record<string, string> {
  return Object.fromEntries(words.flatMap((word, i) => (i % 2 === 0 ? [[word, words[i + 1] ?? ""]] : [])));
}
