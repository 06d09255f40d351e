import assert from "node:assert/strict";
import { Redis, type RedisArgs } from "./redis";
import { accessFiles } from "./redis-access";
import { redisConf } from "./redis-config";
import { haproxyConf, seedFiles } from "./redis-failover-config";
import { find, type Made, mockEngine, register } from "../testing/pulumi-mocks";

/** What the mocks give out as a RandomPassword. */
const memberPassword = "mocked-password";

const args: RedisArgs = {
  namespace: "demo",
  image: "redis:7",
  haproxyImage: "haproxy:2",
  password: "s3cretpassword",
  secretName: "plano-secrets",
  maxMemory: "256mb",
  storage: "2Gi",
};

interface Pod {
  readonly initContainers: readonly { readonly name: string; readonly command: readonly string[] }[];
  readonly containers: readonly { readonly name: string; readonly command: readonly string[]; readonly env: readonly object[] }[];
}

function podOf(made: readonly Made[]): Pod {
  return find(made, "StatefulSet", "redis").manifest.spec.template.spec as unknown as Pod;
}

describe("a Redis of three", () => {
  let made: readonly Made[];

  before(async () => {
    await mockEngine();
    made = await register((opts) => new Redis("redis", args, opts));
  });

  it("has the objects of a single one under the same names, so that a change is made in place", async () => {
    const single = await register((opts) => new Redis("one", { ...args, haproxyImage: undefined }, opts));
    const names = (objects: readonly Made[], component: string): string[] =>
      objects.slice(1).map(({ type, name, manifest }) => `${type} ${name.replace(component, "")} ${manifest.metadata?.name}`);
    const missing = names(single, "one").filter((it) => !names(made, "redis").includes(it));
    assert.deepEqual(missing, []);
    assert.equal(find(made, "StatefulSet", "redis").manifest.spec.podManagementPolicy, "Parallel");
    assert.equal(find(single, "StatefulSet", "redis").manifest.spec.podManagementPolicy, "Parallel");
  });

  it("leads clients to the proxy, and the proxy to members by addresses that stay", () => {
    assert.deepEqual(find(made, "Service", "redis").manifest.spec.selector, { app: "redis-proxy" });
    for (const member of ["redis-0", "redis-1", "redis-2"]) {
      const { spec } = find(made, "Service", member).manifest;
      assert.deepEqual(spec.selector, { "statefulset.kubernetes.io/pod-name": member });
      assert.equal(spec.publishNotReadyAddresses, true);
    }
  });

  it("keeps what Sentinel wrote at every later start, and needs no shell", () => {
    const pod = podOf(made);
    for (const { command } of pod.initContainers) assert.deepEqual(command.slice(0, 2), ["cp", "--no-clobber"]);
    assert.deepEqual(
      pod.containers.map(({ name, command }) => [name, command[0]]),
      [
        ["redis", "redis-server"],
        ["sentinel", "redis-server"],
      ],
    );
  });

  it("keeps the clients' password out of everything, and the members' in the Secret of Redis' own pods", () => {
    for (const { name, manifest } of made) {
      assert.doesNotMatch(JSON.stringify(manifest), /s3cretpassword/, name);
      if (manifest.metadata?.name !== "redis-auth") assert.doesNotMatch(JSON.stringify(manifest), /mocked-password/, name);
    }
    const auth = find(made, "Secret", "redis-auth");
    assert.deepEqual(auth.secretPaths, ["stringData"]);
    assert.equal(auth.manifest.stringData?.["replica.conf"], `masteruser member\nmasterauth ${memberPassword}\n`);
    assert.doesNotMatch(auth.manifest.stringData?.["users.acl"] ?? "", new RegExp(memberPassword));
  });

  it("gives Redis and Sentinel the passwords of now at every start, and none to the files that Sentinel writes", () => {
    const { containers } = podOf(made);
    assert.deepEqual(
      containers.map(({ command }) => command.slice(2)),
      [
        [
          "--include",
          "/etc/redis/config/redis.conf",
          "--replica-announce-ip",
          "$(POD_NAME).redis-headless.demo.svc.cluster.local",
        ],
        ["--include", "/etc/redis/auth/sentinel.conf", "--sentinel"],
      ],
    );
    assert.match(redisConf("256mb", true), /^include \/etc\/redis\/auth\/replica\.conf$/m);
    for (const text of Object.values(find(made, "Secret", "redis-seeds").manifest.stringData ?? {}))
      assert.doesNotMatch(text, /pass|masterauth|^user /m);
  });

  it("asks each with its own password for its health", () => {
    const secretOf = (name: string): object | undefined =>
      podOf(made)
        .containers.find((it) => it.name === name)
        ?.env.find((it) => (it as { name: string }).name === "REDISCLI_AUTH");
    const from = (name: string, key: string): object => ({ name: "REDISCLI_AUTH", valueFrom: { secretKeyRef: { name, key } } });
    assert.deepEqual(secretOf("redis"), from("plano-secrets", "REDIS_PASSWORD"));
    assert.deepEqual(secretOf("sentinel"), from("redis-auth", "member-password"));
  });

  it("rolls members and proxies when the password changes, and begins no new life", async () => {
    const changed = await register((opts) => new Redis("changed", { ...args, password: "anotherpassword" }, opts));
    const checksum = (objects: readonly Made[], kind: string, name: string): string | undefined =>
      find(objects, kind, name).manifest.spec.template.metadata.annotations?.["plano-affinity/checksum"];
    for (const [kind, name] of [
      ["StatefulSet", "redis"],
      ["Deployment", "redis-proxy"],
    ] as const) {
      assert.match(checksum(made, kind, name) ?? "", /^[0-9a-f]{16}$/, name);
      assert.notEqual(checksum(changed, kind, name), checksum(made, kind, name), name);
    }
    assert.deepEqual(
      podOf(changed).initContainers.map(({ command }) => command),
      podOf(made).initContainers.map(({ command }) => command),
    );
    const seeds = (objects: readonly Made[]) => find(objects, "Secret", "redis-seeds").manifest.stringData;
    assert.deepEqual(seeds(changed), seeds(made));
  });

  it("has a member's password that a new password of the clients leaves alone", () => {
    const [a, b] = ["one", "two"].map((password) => accessFiles(password, memberPassword));
    const differing = Object.keys(a ?? {}).filter((file) => a?.[file] !== b?.[file]);
    assert.deepEqual(differing, ["users.acl"]);
  });

  it("begins with the first member as master, and with names instead of addresses", () => {
    const seeds = seedFiles((member) => `${member}.headless`);
    assert.equal(seeds["redis-0.redis.conf"], "");
    assert.equal(seeds["redis-1.redis.conf"], "replicaof redis-0.headless 6379\n");
    assert.match(seeds["redis-2.sentinel.conf"] ?? "", /^sentinel monitor pins redis-0\.headless 6379 2$/m);
    assert.match(seeds["redis-2.sentinel.conf"] ?? "", /^sentinel announce-ip redis-2\.headless$/m);
    assert.match(seeds["redis-2.sentinel.conf"] ?? "", /^sentinel resolve-hostnames yes$/m);
  });

  it("chooses only a master that takes writes, and breaks connections to one that does not any more", () => {
    const lines = haproxyConf((member) => `10.0.0.${member.slice(-1)}`).split("\n");
    const check = lines.find((it) => it.includes("expect rstring")) ?? "";
    const pattern = new RegExp(/'(.*)'/.exec(check)?.[1] ?? "never");
    const info = (role: string, good: number): string =>
      `# Replication\r\nrole:${role}\r\nconnected_slaves:2\r\nmin_slaves_good_slaves:${good}\r\nslave0:ip=a\r\n`;
    assert.match(info("master", 2), pattern);
    assert.doesNotMatch(info("master", 0), pattern, "one that came back has no replica");
    assert.doesNotMatch(info("slave", 1), pattern);
    assert.ok(lines.some((it) => it.includes("on-marked-down shutdown-sessions")));
    assert.ok(lines.includes("  server redis-2 10.0.0.2:6379"));
  });
});
