import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { redisConf, redisMemoryLimitMib } from "./redis-config";
import { Redis, type RedisArgs } from "./redis";
import { appName as verifierApp } from "../../verify/in-cluster/manifests";
import { assertWellFormed, containerOf, find, type Made, mockEngine, register } from "../testing/pulumi-mocks";

const args: RedisArgs = {
  namespace: "demo",
  image: "redis:7",
  password: "s3cretpassword",
  secretName: "plano-secrets",
  maxMemory: "256mb",
  storage: "2Gi",
};

describe("Redis", () => {
  let made: readonly Made[];

  before(async () => {
    await mockEngine();
    made = await register((opts) => new Redis("redis", args, opts));
  });

  it("makes well-formed objects under the component", () => {
    assertWellFormed(made, "Redis", "redis");
    assert.deepEqual(
      made
        .slice(1)
        .map(({ type, manifest }) => `${type.split(":")[2]} ${manifest.metadata.name}`)
        .sort(),
      [
        "ConfigMap redis-config",
        "NetworkPolicy redis-from-gateway",
        "Secret redis-auth",
        "Service redis",
        "Service redis-headless",
        "StatefulSet redis",
      ],
    );
  });

  it("keeps the password out of everything", () => {
    const auth = find(made, "Secret", "redis-auth");
    assert.deepEqual(Object.keys(auth.manifest.stringData ?? {}), ["users.acl"]);
    assert.deepEqual(auth.secretPaths, ["stringData"]);
    // Redis needs no more than a digest.
    for (const { name, manifest } of made) assert.doesNotMatch(JSON.stringify(manifest), /s3cretpassword/, name);
    const digest = createHash("sha256").update("s3cretpassword").digest("hex");
    assert.match(
      auth.manifest.stringData?.["users.acl"] ?? "",
      new RegExp(`^user default on #${digest} ~\\* resetchannels -@all `),
    );
  });

  it("reads its password from a mounted file, not from its arguments", () => {
    const container = containerOf(find(made, "StatefulSet", "redis"));
    assert.deepEqual(container.command, ["redis-server", "/etc/redis/config/redis.conf"]);
    assert.match(redisConf("256mb"), /^aclfile \/etc\/redis\/auth\/users\.acl$/m);
    assert.doesNotMatch(redisConf("256mb"), /requirepass|^include/m);
    assert.deepEqual(container.volumeMounts, [
      { name: "data", mountPath: "/data" },
      { name: "config", mountPath: "/etc/redis/config", readOnly: true },
      { name: "auth", mountPath: "/etc/redis/auth", readOnly: true },
    ]);
  });

  it("asks Redis itself for its health, without a shell", () => {
    const container = containerOf(find(made, "StatefulSet", "redis"));
    for (const probe of ["startupProbe", "readinessProbe", "livenessProbe"]) {
      assert.deepEqual((container[probe] as { exec: unknown }).exec, { command: ["redis-cli", "-e", "ping"] }, probe);
    }
    assert.deepEqual(container.env, [
      { name: "REDISCLI_AUTH", valueFrom: { secretKeyRef: { name: "plano-secrets", key: "REDIS_PASSWORD" } } },
    ]);
  });

  it("writes to a volume of the size asked for", () => {
    const { spec } = find(made, "StatefulSet", "redis").manifest;
    assert.deepEqual(spec.volumeClaimTemplates, [
      { metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "2Gi" } } } },
    ]);
    assert.equal(spec.serviceName, "redis-headless");
  });

  it("has a headless service and one with an address", () => {
    assert.equal(find(made, "Service", "redis-headless").manifest.spec.clusterIP, "None");
    assert.equal(find(made, "Service", "redis").manifest.spec.clusterIP, undefined);
  });

  it("lets only the gateway in, and the verifier when it runs in the cluster", () => {
    assert.deepEqual(find(made, "NetworkPolicy", "redis-from-gateway").manifest.spec, {
      podSelector: { matchLabels: { app: "redis" } },
      policyTypes: ["Ingress"],
      ingress: [
        {
          from: [
            { podSelector: { matchLabels: { app: "plano" } } },
            { podSelector: { matchLabels: { "app.kubernetes.io/name": verifierApp } } },
          ],
          ports: [{ protocol: "TCP", port: 6379 }],
        },
      ],
    });
  });

  it("runs as Redis' own user, without privileges", () => {
    const { spec } = find(made, "StatefulSet", "redis").manifest.spec.template as unknown as {
      spec: { securityContext: Record<string, unknown> };
    };
    assert.equal(spec.securityContext["runAsUser"], 999);
    assert.equal(spec.securityContext["runAsNonRoot"], true);
    assert.equal(spec.securityContext["fsGroup"], 999);
  });

  it("rolls when its configuration or its password changes", async () => {
    const checksumOf = async (name: string, changed: Partial<RedisArgs>) => {
      const objects = await register((opts) => new Redis(name, { ...args, ...changed }, opts));
      return find(objects, "StatefulSet", "redis").manifest.spec.template.metadata.annotations?.["plano-affinity/checksum"];
    };
    const checksums = [
      await checksumOf("same", {}),
      await checksumOf("memory", { maxMemory: "1gb" }),
      await checksumOf("password", { password: "other" }),
    ];
    assert.equal(new Set(checksums).size, 3);
    assert.ok(checksums.every((checksum) => /^[0-9a-f]{16}$/.test(checksum ?? "")));
  });
});

describe("redis.conf", () => {
  it("persists by append-only file and forgets the least recently used", () => {
    const lines = redisConf("256mb").split("\n");
    for (const line of ["appendonly yes", "maxmemory 256mb", "maxmemory-policy allkeys-lru"])
      assert.ok(lines.includes(line), line);
  });

  it("leaves the container twice the data's memory and some for the process", () => {
    assert.equal(redisMemoryLimitMib("256mb"), 576);
    assert.equal(redisMemoryLimitMib("1GB"), 2112);
    assert.equal(redisMemoryLimitMib("1000k"), 66);
    assert.throws(() => redisMemoryLimitMib("much"), /"much" is not a size of redis\.conf/);
  });
});
