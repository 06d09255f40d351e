import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { type NamespaceArgs, StackNamespace } from "./stack-namespace";
import { find, mockEngine, register, valueOf } from "./testing/pulumi-mocks";

const chosen = { redisPassword: "ChosenByTheUser1" };

describe("StackNamespace", () => {
  beforeEach(() => mockEngine());

  const made = (changed: Partial<NamespaceArgs> = {}) =>
    register((opts) => new StackNamespace("home", { namespace: "demo", ...changed }, opts));

  it("leaves a namespace alone that is there already, and makes up no password where there is one", async () => {
    const all = await made({ ...chosen, createNamespace: false });
    assert.deepEqual(
      all.map(({ type }) => type),
      ["plano-affinity:index:StackNamespace", "kubernetes:core/v1:Secret"],
    );
    assert.equal(find(all, "Secret", "plano-secrets").manifest.metadata.namespace, "demo");
  });

  it("keeps every credential secret, hands the password on as one, and leaves out those that are not set", async () => {
    const REDIS_PASSWORD = "mocked-password";
    for (const [given, stringData] of [
      [{}, { REDIS_PASSWORD }],
      [chosen, { REDIS_PASSWORD: "ChosenByTheUser1" }],
      [
        { openaiApiKey: "sk-x", redisUrl: "redis://r" },
        { REDIS_PASSWORD, OPENAI_API_KEY: "sk-x", REDIS_URL: "redis://r" },
      ],
    ] as const) {
      const secret = find(await made(given), "Secret", "plano-secrets");
      assert.deepEqual(secret.manifest.stringData, stringData);
      assert.deepEqual(secret.secretPaths, ["stringData"]);
      const { redisPassword } = new StackNamespace("home", { namespace: "demo", ...given });
      assert.equal(await pulumi.isSecret(redisPassword), true);
      assert.equal(await valueOf(redisPassword), stringData.REDIS_PASSWORD);
    }
  });

  it("tells of a changed credential without telling the credential", async () => {
    const changes: readonly Partial<NamespaceArgs>[] = [
      chosen,
      { redisPassword: "ChosenByTheUser2" },
      { ...chosen, openaiApiKey: pulumi.secret("one") },
      { ...chosen, openaiApiKey: pulumi.secret("two") },
    ];
    const homes = changes.map((it, index) => new StackNamespace(`home-${index}`, { namespace: "demo", ...it }));
    const checksums = await Promise.all(homes.map((it) => valueOf(it.credentialsChecksum)));
    assert.equal(new Set(checksums).size, changes.length, "the gateway and the exporter roll");
    for (const it of checksums) assert.match(it, /^[0-9a-f]{16}$/);
    for (const it of homes) assert.equal(await pulumi.isSecret(it.credentialsChecksum), false);
  });
});
