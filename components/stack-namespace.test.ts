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
    const objects = made.map(({ type }) => type).filter((type) => type.startsWith("kubernetes:"));
    assert.deepEqual(objects, ["kubernetes:core/v1:Secret"]);
    assert.equal(find(made, "Secret", "plano-secrets").manifest.metadata.namespace, "demo");
  });

  it("keeps every credential secret and leaves out those that are not set", async () => {
    const password = { REDIS_PASSWORD: "mocked-password" };
    for (const [given, stringData] of [
      [{}, password],
      [
        { openaiApiKey: "sk-x", redisUrl: "redis://r" },
        { ...password, OPENAI_API_KEY: "sk-x", REDIS_URL: "redis://r" },
      ],
    ] as const) {
      const made = await register((opts) => new StackNamespace("home", { namespace: "demo", ...given }, opts));
      const secret = find(made, "Secret", "plano-secrets");
      assert.deepEqual(secret.manifest.stringData, stringData);
      assert.deepEqual(secret.secretPaths, ["stringData"]);
    }
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
});
