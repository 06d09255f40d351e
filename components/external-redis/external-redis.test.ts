import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { operate } from "../../lib/dynamic/operate";
import { makeAuthority } from "../../lib/testing/certificates";
import { Scratch } from "../../lib/testing/scratch";
import { FakeApiServer } from "../../lib/kubernetes/testing/fake-api-server";
import { containerOf, find, mockEngine, register, rendered, valueOf } from "../testing/pulumi-mocks";
import { objectsOfStack } from "../testing/stack-mocks";
import { checkJob } from "./check-job";
import type { RedisCheckInputs } from "./check-provider";
import { ExternalRedis, provider } from "./external-redis";
import { cautions } from "./findings";

const url = "redis://:hush@cache.example.com:6379/0";
const check = "pulumi-nodejs:dynamic:Resource";

const before: RedisCheckInputs = {
  gateway: "standin",
  image: "gateway:1",
  secretName: "redis-check",
  kubeconfig: "a",
  namespace: "demo",
  host: "cache.example.com:6379",
  checksum: "1",
};

describe("a Redis of the user's own", () => {
  const make = (opts: pulumi.ComponentResourceOptions): ExternalRedis =>
    new ExternalRedis(
      "theirs",
      { url: pulumi.secret(url), kubeconfig: "apiVersion: v1", namespace: "demo", gateway: "standin", image: "gateway:1" },
      opts,
    );

  it("is asked by a Secret of the check's own, and told of nowhere else", async () => {
    await mockEngine();
    const made = await register(make);
    const candidate = find(made, "Secret", "redis-check");
    assert.deepEqual(candidate.manifest.stringData, { REDIS_URL: url });
    assert.deepEqual(candidate.secretPaths, ["stringData"]);
    const asked = made.find(({ type }) => type === check);
    assert.equal((asked?.manifest as unknown as RedisCheckInputs).secretName, "redis-check");
    for (const { type, manifest } of made.filter((it) => it !== candidate))
      assert.ok(!JSON.stringify(manifest).includes("hush"), `${type} has the URL`);
  });

  it("hands on the URL as a secret, in a preview too, where nobody is asked", async () => {
    for (const preview of [false, true]) {
      await mockEngine({ preview });
      const redis = make({});
      assert.equal(await pulumi.isSecret(redis.url), true, `preview: ${preview}`);
      assert.equal(await valueOf(redis.url), url, `preview: ${preview}`);
    }
  });

  it("is what containers read only after the check", async () => {
    const { objects } = await objectsOfStack({ redisUrl: url, monitoring: "on" });
    const order = objects.map(({ kind, manifest }) => `${kind} ${manifest.metadata?.name ?? ""}`.trim());
    const credentials = objects.find(({ manifest }) => manifest.metadata?.name === "plano-secrets");
    assert.equal(credentials?.manifest.stringData?.["REDIS_URL"], url);
    const wanted = ["Secret redis-check", check, "Secret plano-secrets"];
    assert.deepEqual(
      order.filter((it) => wanted.includes(it)),
      wanted,
    );
    for (const reader of ["Deployment plano", "Deployment redis-exporter"])
      assert.ok(order.indexOf(reader) > order.indexOf("Secret plano-secrets"), `${reader} in ${order.join(", ")}`);
  });

  it("is asked again for another URL, namespace or image, and for nothing else", async () => {
    const changes = async (change: Partial<RedisCheckInputs>): Promise<boolean | undefined> =>
      (await provider.diff?.("id", before, { ...before, ...change }))?.changes;
    assert.deepEqual(
      await Promise.all([{ checksum: "2" }, { namespace: "other" }, { image: "gateway:2" }].map(changes)),
      [true, true, true],
      "each decides what the gateway finds",
    );
    assert.equal(await changes({ kubeconfig: "b", secretName: "other" }), false, "neither changes what the gateway finds");
  });
});

describe("a Redis that is fit", () => {
  it("is warned of where it takes no pins once it is full, or closes idle connections, and tells", () => {
    assert.deepEqual(cautions({ policy: "allkeys-lru", idleSeconds: 0 }), []);
    assert.deepEqual(cautions({ policy: null, idleSeconds: null }), []);
    const [full, idle] = cautions({ policy: "noeviction", idleSeconds: 60 });
    assert.match(full ?? "", /^the Redis keeps to noeviction: .*\n {2}→ set its maxmemory-policy to allkeys-lru or/);
    assert.match(idle ?? "", /^the Redis closes connections that are idle for 60 s: .*\n {2}→ set its timeout to 0$/);
  });
});

describe("the Job that asks an external Redis", () => {
  it("is made, read once its pod has ended, and removed whatever it found", async () => {
    await using fake = await FakeApiServer.start();
    const [jobs, pods] = ["/apis/batch/v1/namespaces/demo/jobs", "/api/v1/namespaces/demo/pods"];
    fake.answers.set(`POST ${jobs}`, { metadata: { name: "redis-check-x" } }).set(`DELETE ${jobs}/redis-check-x`, {});
    const inputs = { ...before, kubeconfig: fake.kubeconfig() };
    const ended = (exitCode: number, message: string) => {
      fake.answers.set(pods, () => {
        fake.answers.set(pods, {
          items: [{ status: { containerStatuses: [{ state: { terminated: { exitCode, message } } }] } }],
        });
        return { items: [] };
      });
      return operate("components/external-redis/check-provider.ts", "check", inputs);
    };
    const found = { policy: "allkeys-lru", idleSeconds: 60 };
    assert.deepEqual(await ended(0, JSON.stringify(found)), found);
    await assert.rejects(
      ended(1, '{"step":"SET","error":"READONLY"}'),
      /the Redis at cache.example.com:6379 takes no writes \(SET: READONLY\)/,
    );
    const asked = `GET ${pods}?labelSelector=job-name%3Dredis-check-x`;
    const once = [`POST ${jobs}`, asked, asked, `DELETE ${jobs}/redis-check-x`];
    assert.deepEqual(fake.requests, [...once, ...once]);
  });

  it("trusts what the gateway will: authorities of one's own on the stand-in, and public ones alone on Plano", async () => {
    await using scratch = await Scratch.make();
    const caBundle = await scratch.file("ca.pem", (await makeAuthority()).cert);
    const config = { redisUrl: url, caBundle };
    for (const [gateway, keys, hasCaBundle] of [
      ["standin", ["CA_BUNDLE", "REDIS_URL"], true],
      ["plano", ["REDIS_URL"], undefined],
    ] as const) {
      const { objects } = await objectsOfStack(config, { gateway });
      const candidate = objects.find(({ manifest }) => manifest.metadata?.name === "redis-check");
      assert.deepEqual(Object.keys(candidate?.manifest.stringData ?? {}), keys);
      const asked = objects.find(({ kind }) => kind === check)?.manifest as unknown as RedisCheckInputs;
      assert.equal(asked.hasCaBundle, hasCaBundle);
      assert.ok(!JSON.stringify(asked).includes("BEGIN CERTIFICATE"), "the state would hold it once more");
    }
    const job = checkJob({ gateway: "standin", image: "gateway:1", secretName: "redis-check", hasCaBundle: true });
    const { initContainers = [], containers } = job.spec.template.spec;
    const names = [initContainers, containers].flatMap((it) =>
      (it as { env: { name: string }[] }[])[0]?.env.map(({ name }) => name),
    );
    assert.deepEqual(names, ["CA_BUNDLE", "REDIS_URL", "NODE_EXTRA_CA_CERTS"]);
  });

  for (const [gateway, interpreter, file] of [
    ["standin", "node", "check.cjs"],
    ["plano", "python3", "check.py"],
  ] as const) {
    it(`runs ${file} as it is written, on the image of ${gateway}, with no credential but the URL from the Secret`, () => {
      const { job } = rendered({ job: checkJob({ gateway, image: "gateway:1", secretName: "plano-secrets" }) });
      const { command, env } = containerOf({ manifest: job ?? assert.fail() });
      const [program, , script = ""] = command as string[];
      assert.equal(program, interpreter);
      // What Kubernetes makes of an argument where no variable of such a name is set (expansion.Expand).
      const expanded = script.replace(/\$\$|\$\([^)]*\)/g, (it) => (it === "$$" ? "$" : it));
      assert.equal(expanded, readFileSync(join(__dirname, file), "utf8"));
      const valueFrom = { secretKeyRef: { name: "plano-secrets", key: "REDIS_URL" } };
      assert.deepEqual(env, [{ name: "REDIS_URL", valueFrom }]);
      assert.equal(job?.spec.template.spec["automountServiceAccountToken"], false);
    });
  }
});
