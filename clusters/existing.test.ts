import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { join } from "node:path";
import { parse } from "yaml";
import { joinExisting, publishedImages } from "./existing";
import { findContext } from "./kubeconfig";
import { Scratch } from "../lib/testing/scratch";

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
  const request = (context?: string) => ({ clusterName: "plano-demo", context });
  const refuses = (message: string, context?: string): void =>
    assert.throws(() => joinExisting(request(context)), { __pulumiRunError: true, message });
  const machine = async (content?: string): Promise<{ scratch: Scratch; file: string }> => {
    const scratch = await Scratch.make();
    delete process.env.KUBECONFIG;
    const file = join(scratch.folder, ".kube", "config");
    if (content !== undefined) await scratch.file(file, content);
    return { scratch, file };
  };
  const valueOf = <T>(output: pulumi.Output<T>): Promise<T> => new Promise((resolve) => void output.apply(resolve));

  it("is that of the current context, and nothing is made for it", async () => {
    const { scratch } = await machine(kubeconfig);
    await using _ = scratch;
    const parts = joinExisting(request());
    assert.equal(parts.kind, "existing");
    assert.equal(parts.root, undefined);
    assert.equal(await valueOf(parts.identifier), "https://planet.example:6443");
    assert.equal(await valueOf(parts.nodeAddress), undefined);
    assert.deepEqual(await Promise.all([valueOf(parts.images.redis), valueOf(parts.images.jaeger)]), [
      publishedImages.redis,
      publishedImages.jaeger,
    ]);
  });

  it("is that of the context that is asked for, whatever the current one is later", async () => {
    const { scratch } = await machine(kubeconfig);
    await using _ = scratch;
    const parts = joinExisting(request("gold"));
    assert.equal(await valueOf(parts.identifier), "https://moon.example:6443");
    assert.equal((parse(await valueOf(parts.kubeconfig)) as Record<string, unknown>)["current-context"], "gold");
    assert.equal(await pulumi.isSecret(parts.kubeconfig), true);
  });

  it("is looked for in KUBECONFIG's first file that is there", async () => {
    const { scratch } = await machine(kubeconfig.replace("current-context: blue", "current-context: gold"));
    await using _ = scratch;
    const file = await scratch.file("mine", kubeconfig);
    process.env.KUBECONFIG = `/nonexistent/config:${file}`;
    assert.equal(await valueOf(joinExisting(request()).identifier), "https://planet.example:6443");
  });

  it("is found in the files of KUBECONFIG together, the first of two entries with one name", async () => {
    const { scratch } = await machine();
    await using _ = scratch;
    const one = await scratch.file("one", "contexts: [{ name: green, context: { cluster: moon, user: me } }]");
    const cluster = "clusters: [{ name: moon, cluster: { server: 'https://new-moon.example' } }]";
    const two = await scratch.file("two", `current-context: green\n${cluster}\nusers: [{ name: me, user: { token: mine } }]`);
    const three = await scratch.file("three", kubeconfig);
    process.env.KUBECONFIG = [one, two, three].join(":");
    const parts = joinExisting(request());
    assert.equal(await valueOf(parts.identifier), "https://new-moon.example");
    assert.equal(await valueOf(joinExisting(request("blue")).identifier), "https://planet.example:6443");
    const kept = parse(await valueOf(parts.kubeconfig)) as { users: object[] };
    assert.deepEqual(kept.users, [{ name: "me", user: { token: "mine" } }]);
    const known = `${one}:${two}:${three} (known: green, blue, gold)`;
    refuses(`context: there is no context "red" in ${known}.\n  → pulumi config set context …`, "red");
  });

  it("keeps the chosen context alone: credentials of others are none of the stack's", async () => {
    const { scratch } = await machine(
      `${kubeconfig.replace("user: me } }\nclusters", "user: you } }\nclusters")}  - { name: you, user: { token: yours } }\n`,
    );
    await using _ = scratch;
    const text = await valueOf(joinExisting(request("gold")).kubeconfig);
    assert.doesNotMatch(text, /very-secret|planet|blue/);
    assert.match(await valueOf(joinExisting(request("blue")).kubeconfig), /very-secret/);
  });

  it("finds files and programs beside the kubeconfig that names them", async () => {
    const { scratch } = await machine();
    await using _ = scratch;
    const users = [
      { name: "me", user: { "client-certificate": "me.crt", "client-key": "/keys/me.key", exec: { command: "bin/login" } } },
    ];
    const clusters = [{ name: "planet", cluster: { server: "https://planet.example", "certificate-authority": "pki/ca.crt" } }];
    const contexts = [{ name: "blue", context: { cluster: "planet", user: "me" } }];
    const content = { "current-context": "blue", contexts, clusters, users };
    process.env.KUBECONFIG = await scratch.file("conf/kubeconfig", JSON.stringify(content));
    const kept = parse(await valueOf(joinExisting(request()).kubeconfig)) as typeof content;
    const folder = join(scratch.folder, "conf");
    assert.equal(kept.clusters[0]?.cluster["certificate-authority"], join(folder, "pki/ca.crt"));
    assert.deepEqual(kept.users[0]?.user, {
      "client-certificate": join(folder, "me.crt"),
      "client-key": "/keys/me.key",
      exec: { command: join(folder, "bin/login") },
    });
  });

  it("leaves a program without a folder to PATH", async () => {
    const { scratch } = await machine(kubeconfig.replace("token: very-secret", "exec: { command: aws }"));
    await using _ = scratch;
    assert.match(await valueOf(joinExisting(request()).kubeconfig), /command: aws\n/);
  });

  it("is refused when its context names a cluster that is not there", async () => {
    const { scratch, file } = await machine(kubeconfig.replace("name: planet,", "name: comet,"));
    await using _ = scratch;
    refuses(
      `context: "blue" in ${file} names the cluster "planet", which is not there.\n  → pulumi config set context …, or fix it with \`kubectl config set-cluster\``,
    );
  });

  it("is refused when its context names a user who is not there, but not when it names none", async () => {
    const { scratch, file } = await machine(kubeconfig.replace("name: me,", "name: you,"));
    await using _ = scratch;
    refuses(
      `context: "blue" in ${file} names the user "me", which is not there.\n  → log in again, pulumi config set context …, or fix it with \`kubectl config set-credentials\``,
    );
    await scratch.file(file, kubeconfig.replace("cluster: planet, user: me", "cluster: planet"));
    assert.equal(findContext("blue").server, "https://planet.example:6443");
  });

  it("is minikube where minikube's own mark says so", async () => {
    const mark = "cluster: planet, extensions: [{ name: context_info, extension: { provider: minikube.sigs.k8s.io } }]";
    const { scratch } = await machine(kubeconfig.replace("cluster: planet", mark));
    await using _ = scratch;
    assert.equal(findContext("blue").minikube, true);
    assert.equal(findContext("gold").minikube, false);
  });

  it("is never another one than KUBECONFIG's", async () => {
    const { scratch } = await machine(kubeconfig);
    await using _ = scratch;
    process.env.KUBECONFIG = "/nonexistent/config";
    refuses(
      "cluster: no kubeconfig was found (/nonexistent/config).\n  → set KUBECONFIG, or have a cluster made: pulumi config set cluster sandbox",
    );
  });

  it("is refused without a kubeconfig, saying where it was looked for", async () => {
    const { scratch, file } = await machine();
    await using _ = scratch;
    refuses(
      `cluster: no kubeconfig was found (${file}).\n  → set KUBECONFIG, or have a cluster made: pulumi config set cluster sandbox`,
    );
  });

  it("is refused when there is no such context, naming those that there are", async () => {
    const { scratch, file } = await machine(kubeconfig);
    await using _ = scratch;
    refuses(`context: there is no context "green" in ${file} (known: blue, gold).\n  → pulumi config set context …`, "green");
  });

  for (const line of ["", 'current-context: ""']) {
    it(`is refused when no context is chosen${line === "" ? "" : ", as kubectl writes it"}`, async () => {
      const { scratch, file } = await machine(kubeconfig.replace("current-context: blue", line));
      await using _ = scratch;
      refuses(`context: no context is chosen in ${file} (known: blue, gold).\n  → pulumi config set context …`);
    });
  }

  it("is refused when the kubeconfig knows no contexts", async () => {
    const { scratch, file } = await machine("apiVersion: v1\nkind: Config\n");
    await using _ = scratch;
    refuses(`context: no context is chosen in ${file} (known: none).\n  → pulumi config set context …`);
  });

  for (const [what, content] of [
    ["it is empty", ""],
    ["it is not YAML (line 1, column 20)", "token: {very-secret"],
    ["it has no fields", "very-secret"],
  ] as const) {
    it(`is refused when the kubeconfig cannot be read, without quoting it: ${what}`, async () => {
      const { scratch, file } = await machine(content);
      await using _ = scratch;
      refuses(`cluster: ${file} cannot be read: ${what}.\n  → set KUBECONFIG to one that \`kubectl config view\` can read`);
    });
  }
});
