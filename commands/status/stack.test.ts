import assert from "node:assert/strict";
import { backendOf, findStack, nothingUp, settingOf, type StackChange, type StackFacts } from "./stack";
import { scratchPerTest } from "../../lib/testing/scratch";

const change = (kind: string, result: string, minute: number, config: StackChange["config"] = {}): StackChange => ({
  kind,
  result,
  endTime: `2026-03-01T12:${String(minute).padStart(2, "0")}:00.000Z`,
  config,
});
const stack = (...history: StackChange[]): StackFacts => ({ name: "dev", project: "my-gateway", outputs: {}, history });

describe("a stack", () => {
  const { signal } = new AbortController();
  const scratch = scratchPerTest();
  const search = async (script: string) => {
    await scratch().file("Pulumi.yaml", "name: my-gateway\n");
    const pulumi = { pulumi: await scratch().program("pulumi", script), env: { PULUMI_BACKEND_URL: "file:///stacks" } };
    return findStack("dev", scratch().folder, pulumi, signal);
  };

  it("needs no Pulumi to be known as absent", async () => {
    assert.deepEqual(await findStack("dev", "/project", undefined, signal), { stack: undefined, where: "/project" });
  });

  it("is read by its outputs of any length, but for those that are not known yet, and its history", async () => {
    const { stack: found, where } = await search(
      `echo "$*" >> "${scratch().folder}/asked"; if [ "$2" = history ]; then echo '[{"kind": "update"}]'; exit; fi
      printf '{"gatewayUrl": "04da6b54-80e4-46f7-96ec-b56ff0331ba9", "namespace": "'; head -c 400000 /dev/zero | tr '\\0' n; echo '"}'`,
    );
    assert.equal(where, "file:///stacks");
    assert.deepEqual([found?.name, found?.project, found?.history], ["dev", "my-gateway", [{ kind: "update" }]]);
    assert.equal(found?.outputs.namespace?.length, 400_000);
    assert.deepEqual(Object.keys(found.outputs), ["namespace"]);
    assert.deepEqual((await scratch().read("asked")).trim().split("\n").sort(), [
      "stack history --page-size 20 --json --stack dev --non-interactive",
      "stack output --show-secrets --json --stack dev --non-interactive",
    ]);
  });

  it("is absent where Pulumi says so; other errors show its standard error, and nothing of its output", async () => {
    const absent = await search("echo \"error: no stack named 'dev' found\" >&2; exit 255");
    assert.deepEqual(absent, { stack: undefined, where: "file:///stacks" });
    await assert.rejects(search("echo secret; echo 'error: incorrect passphrase' >&2; exit 255"), {
      message: "the stack dev in file:///stacks cannot be read: error: incorrect passphrase",
    });
    await assert.rejects(search("echo secret; exit 7"), {
      message: /^the stack dev in file:\/\/\/stacks cannot be read: pulumi stack (output|history) ended with 7$/,
    });
  });

  it("is looked for in a backend that is named without its credentials", () => {
    for (const none of [{}, { PULUMI_BACKEND_URL: "" }]) assert.equal(backendOf(none), "the backend that Pulumi is logged in to");
    assert.equal(backendOf({ PULUMI_BACKEND_URL: "postgres://me:hidden@db/pulumi?x=hidden" }), "postgres://db/pulumi");
    assert.equal(backendOf({ PULUMI_BACKEND_URL: "hidden" }), "the backend of PULUMI_BACKEND_URL");
  });

  it("has the settings of its latest update", () => {
    const facts = stack(
      change("destroy", "succeeded", 3),
      change("update", "failed", 2, { "my-gateway:namespace": { value: "new" }, "other:context": { value: "its" } }),
      change("update", "succeeded", 1, { "my-gateway:namespace": { value: "old" } }),
    );
    assert.equal(settingOf(facts, "namespace"), "new");
    assert.equal(settingOf(facts, "context"), undefined);
  });

  it("that has nothing to show has come to an end, or its update has not", () => {
    const where = "file:///project";
    assert.match(nothingUp("dev", where, stack(change("destroy", "succeeded", 3))), /: its last destroy succeeded\n/);
    assert.match(nothingUp("dev", where, stack({ kind: "update" })), /: its last update has not ended\n/);
  });
});
