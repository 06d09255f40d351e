import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { Redis, redisMemberServices, redisObjects } from "./redis";
import { accessFiles, redisMemoryLimitMib } from "./redis-files";
import type { RedisArgs } from "./redis-pod";
import { haproxyConf } from "./redis-proxy";
import { type Container, find, type Made, type Manifest, mockEngine, register, rendered } from "../testing/pulumi-mocks";

const args: RedisArgs = {
  namespace: "demo",
  image: "redis:7",
  password: "s3cretpassword",
  lookPassword: "l00kpassword",
  pausePassword: "p4usepassword",
  secretName: "plano-secrets",
  redisMaxMemory: "256mb",
  redisStorage: "2Gi",
};

const addresses = ["10.0.0.1", "10.0.0.2", "fd00::3"];
const failover = { haproxyImage: "haproxy:2", memberPassword: "m3mberpassword", groupId: "group", addresses };

type Objects = { readonly [key: string]: Manifest };
const checksumIn = (objects: Objects, key = "main"): string =>
  objects[key]?.spec.template.metadata.annotations?.["plano-affinity/checksum"] ?? assert.fail(key);

describe("Redis", () => {
  const objects = rendered(redisObjects(args));

  it("keeps the password out of everything, and marks as secret what is made from it", async () => {
    const files = objects["auth"]?.stringData ?? {};
    assert.deepEqual(Object.keys(files), ["users.acl", "look-password"]);
    // Redis needs no more than a digest.
    assert.doesNotMatch(JSON.stringify(objects), /s3cretpassword/);
    const digest = createHash("sha256").update("s3cretpassword").digest("hex");
    assert.match(files["users.acl"] ?? "", new RegExp(`^user default on #${digest} ~\\* resetchannels -@all `));
    await mockEngine();
    const made = await register((opts) => new Redis("redis", args, opts));
    assert.deepEqual(find(made, "Secret", "redis-auth").secretPaths, ["stringData"]);
  });

  it("writes to a volume of the size asked for", () => {
    const { spec } = objects["main"] ?? assert.fail();
    assert.deepEqual(spec.volumeClaimTemplates, [
      { metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "2Gi" } } } },
    ]);
    assert.equal(spec.serviceName, objects["headless"]?.metadata.name);
    assert.deepEqual([objects["headless"]?.spec.clusterIP, objects["service"]?.spec.clusterIP], ["None", undefined]);
  });

  it("rolls when its configuration or its password changes", () => {
    const changes = [{}, { redisMaxMemory: "1gb" }, { password: "other" }];
    const checksums = changes.map((it) => checksumIn(rendered(redisObjects({ ...args, ...it }))));
    assert.equal(new Set(checksums).size, 3);
    for (const it of checksums) assert.match(it, /^[0-9a-f]{16}$/);
  });

  it("leaves the container twice the data's memory and some for the process", () => {
    assert.deepEqual(["256mb", "1GB", "1000k"].map(redisMemoryLimitMib), [576, 2112, 66]);
    assert.throws(() => redisMemoryLimitMib("much"), /"much" is not a size of redis\.conf/);
  });
});

describe("a Redis of three", () => {
  const objects = rendered(redisObjects(args, failover));
  const podOf = (it: Objects) =>
    it["main"]?.spec.template.spec as unknown as { readonly initContainers: Container[]; readonly containers: Container[] };

  it("has the objects of a single one under the same names, so that a change is made in place", async () => {
    const names = (it: Objects): string[] => Object.entries(it).map(([key, object]) => `${key} ${object.metadata.name}`);
    const single = rendered(redisObjects(args));
    for (const it of names(single)) assert.ok(names(objects).includes(it), it);
    for (const it of [single, objects]) assert.equal(it["main"]?.spec.podManagementPolicy, "Parallel");
  });

  it("leads clients to the proxy, and the proxy to members by addresses that stay", () => {
    assert.deepEqual(objects["service"]?.spec.selector, { app: "redis-proxy" });
    for (const [member, { spec }] of Object.entries(rendered(redisMemberServices(args)))) {
      assert.deepEqual(spec.selector, { "statefulset.kubernetes.io/pod-name": member });
      assert.equal(spec.publishNotReadyAddresses, true);
    }
    const servers = /server redis-0 10\.0\.0\.1:6379\n {2}server redis-1 10\.0\.0\.2:6379\n {2}server redis-2 \[fd00::3\]:6379/;
    assert.match(objects["proxy-config"]?.data?.["haproxy.cfg"] ?? "", servers);
  });

  it("keeps what Sentinel wrote at every later start, and gives those files no password", () => {
    for (const { command } of podOf(objects).initContainers)
      assert.deepEqual((command as string[]).slice(0, 2), ["cp", "--no-clobber"]);
    for (const text of Object.values(objects["seeds"]?.stringData ?? {})) assert.doesNotMatch(text, /pass|masterauth|^user /m);
  });

  it("keeps the clients' password out of everything, and the members' in the Secret of Redis' own pods", () => {
    assert.doesNotMatch(JSON.stringify(objects), /s3cretpassword/);
    const { auth, ...others } = objects;
    assert.doesNotMatch(JSON.stringify(others), /m3mberpassword|l00kpassword/);
    assert.equal(auth?.stringData?.["replica.conf"], "masteruser member\nmasterauth m3mberpassword\n");
    assert.doesNotMatch(auth?.stringData?.["users.acl"] ?? "", /m3mberpassword/);
  });

  it("rolls members and proxies when the password changes, and begins no new life", () => {
    const changed = rendered(redisObjects({ ...args, password: "anotherpassword" }, failover));
    for (const key of ["main", "proxy"]) assert.notEqual(checksumIn(changed, key), checksumIn(objects, key), key);
    assert.deepEqual(podOf(changed).initContainers, podOf(objects).initContainers);
    assert.deepEqual(changed["seeds"], objects["seeds"]);
    const files = ["one", "two"].map((password) =>
      accessFiles(password, "l00kpassword", "p4usepassword", failover.memberPassword),
    );
    const differing = Object.keys(files[0] ?? {}).filter((file) => files[0]?.[file] !== files[1]?.[file]);
    assert.deepEqual(differing, ["users.acl"], "what members know of each other stays");
  });

  it("gets the addresses of its members when it is made", async () => {
    await mockEngine();
    const made: readonly Made[] = await register((opts) => new Redis("redis", { ...args, haproxyImage: "haproxy:2" }, opts));
    assert.match(find(made, "ConfigMap", "redis-proxy").manifest.data?.["haproxy.cfg"] ?? "", /server redis-2 10\.0\.0\.1:6379/);
  });

  it("chooses only a master that takes writes, and breaks connections to one that does not any more", () => {
    const lines = haproxyConf(addresses).split("\n");
    const check = lines.find((it) => it.includes("expect rstring")) ?? "";
    const pattern = new RegExp(/'(.*)'/.exec(check)?.[1] ?? "never");
    const info = (role: string, good: number): string =>
      `# Replication\r\nrole:${role}\r\nconnected_slaves:2\r\nmin_slaves_good_slaves:${good}\r\nslave0:ip=a\r\n`;
    assert.match(info("master", 2), pattern);
    assert.doesNotMatch(info("master", 0), pattern, "one that came back has no replica");
    assert.doesNotMatch(info("slave", 1), pattern);
    assert.ok(lines.some((it) => it.includes("on-marked-down shutdown-sessions")));
  });
});
