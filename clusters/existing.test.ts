import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { valueOf } from "../components/testing/pulumi-mocks";
import { findContext, joinExisting } from "./existing";
import { scratchPerTest } from "../lib/testing/scratch";

const kubeconfig = `
apiVersion: v1
kind: Config
current-context: blue
contexts:
  - { name: blue, context: { cluster: planet, user: me } }
  - { name: gold, context: { cluster: moon, user: me } }
clusters:
  - { name: planet, cluster: { server: "https://planet.example:6443" } }
  - { name: moon, cluster: { server: "https://moon.example:6443" } }
users:
  - { name: me, user: { token: very-secret } }
`;

describe("an existing cluster", () => {
  const scratch = scratchPerTest();
  /** `~/.kube/config`. */
  let file: string;
  const remedy =
    "set KUBECONFIG to a file that `kubectl config view` can read, pulumi config set context … to one of it, " +
    "or have a cluster made: pulumi config set cluster auto";
  const refuses = (why: string, context?: string): void =>
    assert.throws(() => findContext(context), { __pulumiRunError: true, message: `context: ${why}.\n  → ${remedy}` });
  const write = (content: string): Promise<string> => scratch().file(".kube/config", content);

  beforeEach(async () => {
    delete process.env.KUBECONFIG;
    file = join(scratch().folder, ".kube", "config");
  });

  it("is that of the context that is asked for, else of the current one, and nothing is made for it", async () => {
    await write(kubeconfig);
    const parts = joinExisting({ clusterName: "plano-demo", context: undefined });
    assert.equal(parts.root, undefined);
    assert.equal(await valueOf(parts.identifier), "https://planet.example:6443");
    assert.equal(await valueOf(parts.nodeAddress), undefined);
    assert.equal(await pulumi.isSecret(parts.kubeconfig), true);
    assert.equal(parts.images, undefined);
    const { server, content } = findContext("gold");
    assert.equal(server, "https://moon.example:6443");
    assert.equal((parse(content) as Record<string, unknown>)["current-context"], "gold");
  });

  it("is found in the files of KUBECONFIG together, the first of two entries with one name", async () => {
    await write(kubeconfig.replace("current-context: blue", "current-context: gold"));
    const one = await scratch().file("one", "contexts: [{ name: green, context: { cluster: moon, user: me } }]");
    const cluster = "clusters: [{ name: moon, cluster: { server: 'https://new-moon.example' } }]";
    const two = await scratch().file("two", `current-context: green\n${cluster}\nusers: [{ name: me, user: { token: mine } }]`);
    const three = await scratch().file("three", kubeconfig);
    process.env.KUBECONFIG = ["/nonexistent/config", one, two, three].join(":");
    const { server, content } = findContext(undefined);
    assert.equal(server, "https://new-moon.example");
    assert.equal(findContext("blue").server, "https://planet.example:6443");
    assert.deepEqual((parse(content) as { users: object[] }).users, [{ name: "me", user: { token: "mine" } }]);
    refuses(`there is no context "red" in ${one}:${two}:${three} (known: green, blue, gold)`, "red");
  });

  it("keeps the chosen context alone: credentials of others are not the stack's business", async () => {
    await write(`${kubeconfig.replace("moon, user: me", "moon, user: you")}  - { name: you, user: { token: yours } }\n`);
    assert.doesNotMatch(findContext("gold").content, /very-secret|planet|blue/);
    assert.match(findContext("blue").content, /very-secret/);
  });

  // What is named beside the kubeconfig itself: test/integration/clusters/kubeconfig.test.ts.
  it("leaves files with a whole path as they are, and programs without a folder to PATH", async () => {
    await write(kubeconfig.replace("token: very-secret", "client-key: /keys/me.key, exec: { command: aws }"));
    const { users } = parse(findContext(undefined).content) as { users: { user: object }[] };
    assert.deepEqual(users[0]?.user, { "client-key": "/keys/me.key", exec: { command: "aws" } });
  });

  const changed = (from: string, to: string): string => kubeconfig.replace(from, to);
  const unchosen = "no context is chosen in FILE";
  const known = " (known: blue, gold)";
  const absent = (what: string): string => `"blue" in FILE names the ${what}, which is not there`;
  for (const [what, content, message, context] of [
    ["there is no kubeconfig", undefined, "no kubeconfig was found (FILE)"],
    ["there is no such context", kubeconfig, `there is no context "green" in FILE${known}`, "green"],
    ["no context is chosen", changed("current-context: blue", ""), `${unchosen}${known}`],
    ["no context is chosen, as kubectl writes it", changed("context: blue", 'context: ""'), `${unchosen}${known}`],
    ["its context names a cluster that is not there", changed("name: planet,", "name: comet,"), absent('cluster "planet"')],
    ["its context names a user who is not there", changed("name: me,", "name: you,"), absent('user "me"')],
    ["the kubeconfig is empty", "", unchosen],
    ["it is not YAML", "token: {very-secret", "FILE cannot be read: it is not YAML (line 1, column 20)"],
    ["it is a text", "very-secret", "FILE cannot be read: it has no fields"],
    ["its lists are none", "users: very-secret", "FILE cannot be read: users is not a list"],
  ] as const) {
    it(`is refused, and nothing of it is quoted, when ${what}`, async () => {
      if (content !== undefined) await write(content);
      refuses(message.replace("FILE", file), context);
    });
  }

  it("is refused when KUBECONFIG names no file, whatever the default one is, and when it names a folder", async () => {
    await write(kubeconfig);
    process.env.KUBECONFIG = "/nonexistent/config";
    refuses("no kubeconfig was found (/nonexistent/config)");
    process.env.KUBECONFIG = join(scratch().folder, "folder");
    await mkdir(process.env.KUBECONFIG);
    refuses(`${process.env.KUBECONFIG} cannot be read: EISDIR`);
  });
});
