import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { StackNamespace } from "./stack-namespace";
import { loadSettings } from "../settings";
import { find, mockEngine, register, valueOf } from "./testing/pulumi-mocks";

describe("StackNamespace", () => {
  beforeEach(() => mockEngine());

  it("makes the namespace, a password and the Secret, each under the component", async () => {
    const made = await register((opts) => new StackNamespace("home", { namespace: "demo" }, opts));
    assert.deepEqual(
      made.map(({ type, name, parent }) => [type, name, parent]),
      [
        ["plano-affinity:index:StackNamespace", "home", undefined],
        ["random:index/randomPassword:RandomPassword", "home-redis-password", "home"],
        ["kubernetes:core/v1:Namespace", "home", "home"],
        ["kubernetes:core/v1:Secret", "home-secrets", "home"],
      ],
    );
    assert.equal(find(made, "Namespace", "demo").manifest.metadata.labels?.["app.kubernetes.io/part-of"], "plano-affinity");
  });

  it("leaves a namespace alone that is there already", async () => {
    const made = await register((opts) => new StackNamespace("home", { namespace: "demo", createNamespace: false }, opts));
    assert.deepEqual(
      made.map(({ type }) => type).filter((type) => type.startsWith("kubernetes:")),
      ["kubernetes:core/v1:Secret"],
    );
    assert.equal(find(made, "Secret", "plano-secrets").manifest.metadata.namespace, "demo");
    const { namespace } = new StackNamespace("other", { namespace: "demo", createNamespace: false });
    assert.equal(await valueOf(namespace), "demo");
  });

  it("keeps every credential secret and leaves out those that are not set", async () => {
    const made = await register((opts) => new StackNamespace("home", { namespace: "demo" }, opts));
    const secret = find(made, "Secret", "plano-secrets");
    assert.deepEqual(secret.manifest.stringData, { REDIS_PASSWORD: "mocked-password" });
    assert.deepEqual(secret.secretPaths, ["stringData"]);
  });

  it("puts the API key and an external Redis' URL into the Secret", async () => {
    const args = { namespace: "demo", openaiApiKey: pulumi.secret("sk-x"), redisUrl: pulumi.secret("redis://r") };
    const made = await register((opts) => new StackNamespace("home", args, opts));
    const secret = find(made, "Secret", "plano-secrets");
    assert.deepEqual(secret.manifest.stringData, {
      REDIS_PASSWORD: "mocked-password",
      OPENAI_API_KEY: "sk-x",
      REDIS_URL: "redis://r",
    });
    assert.deepEqual(secret.secretPaths, ["stringData"]);
  });

  it("tells of a changed credential without telling the credential", async () => {
    const checksumWith = async (openaiApiKey: string) => {
      const { credentialsChecksum } = new StackNamespace(`home-${openaiApiKey}`, {
        namespace: "demo",
        openaiApiKey: pulumi.secret(openaiApiKey),
      });
      assert.equal(await pulumi.isSecret(credentialsChecksum), false);
      return valueOf(credentialsChecksum);
    };
    const [first, second] = [await checksumWith("one"), await checksumWith("two")];
    assert.notEqual(first, second);
    assert.match(first, /^[0-9a-f]{16}$/);
  });

  it("marks the password it hands on as secret", async () => {
    const home = new StackNamespace("home", { namespace: "demo" });
    assert.equal(await pulumi.isSecret(home.redisPassword), true);
    const own = new StackNamespace("own", { namespace: "demo", redisPassword: "ChosenByTheUser1" });
    assert.equal(await pulumi.isSecret(own.redisPassword), true);
    assert.equal(await valueOf(own.redisPassword), "ChosenByTheUser1");
  });

  it("makes up no password where there is one, and tells of a new one", async () => {
    const checksums: string[] = [];
    for (const redisPassword of ["ChosenByTheUser1", "ChosenByTheUser2"]) {
      let home: StackNamespace | undefined;
      const make = (opts: pulumi.ComponentResourceOptions) =>
        (home = new StackNamespace(redisPassword, { namespace: "demo", redisPassword: pulumi.secret(redisPassword) }, opts));
      const made = await register(make);
      assert.ok(!made.some(({ type }) => type.startsWith("random:")), "nothing is made up");
      const secret = find(made, "Secret", "plano-secrets");
      assert.deepEqual(secret.manifest.stringData, { REDIS_PASSWORD: redisPassword });
      assert.deepEqual(secret.secretPaths, ["stringData"]);
      assert.ok(home);
      checksums.push(await valueOf(home.credentialsChecksum));
    }
    assert.notEqual(checksums[0], checksums[1], "the gateway and the exporter roll");
  });

  it("takes the password from the setting", async () => {
    const values = new Map([["redisPassword", "ChosenByTheUser1"]]);
    const home = new StackNamespace("set", loadSettings({ values, secretKeys: new Set(values.keys()) }));
    assert.equal(await valueOf(home.redisPassword), "ChosenByTheUser1");
  });

  it("goes with the cluster when the cluster goes", async () => {
    const cluster = new pulumi.ComponentResource("test:index:Cluster", "cluster");
    const made = await register((opts) => new StackNamespace("home", { namespace: "demo" }, { ...opts, deletedWith: cluster }));
    assert.equal(find(made, "Secret", "plano-secrets").deletedWith, cluster);
    assert.equal(find(made, "Namespace", "demo").deletedWith, cluster);
  });
});
