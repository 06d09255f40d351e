import assert from "node:assert/strict";
import { silentProgress } from "../../lib/progress";
import { ensureSandbox, removeSandbox } from "../../sandbox/lifecycle/sandbox";
import { ClusterClient } from "../../sandbox/plugins/kubernetes/client";
import { mapAt } from "../../sandbox/plugins/kubernetes/objects";
import { parseSettings } from "../../sandbox/plugins/kubernetes/settings";
import { createStack, findPulumi } from "../integration/plugins/engine";
import { skipBecause } from "../../lib/testing/skip";
import { removeLeftovers } from "../stacks/leftovers";

const UP = ["up", "--yes", "--skip-preview"];

/** These need an API server and controllers; no pod has to start. */
describe("the kubernetes plugin with the real engine and a real API server", () => {
  const pulumi = findPulumi() ?? "";
  const request = { name: "e2e-plugin", owner: "test", ownerFolder: __dirname };
  let kubeconfig: string;

  before(async function () {
    if (pulumi === "") skipBecause(this, "there is no pulumi in PLANO_AFFINITY_PULUMI or on PATH");
    if (process.platform !== "linux" || process.getuid?.() !== 0) skipBecause(this, "the sandbox needs Linux and root");
    await removeLeftovers();
    ({ kubeconfig } = await ensureSandbox(request, silentProgress));
  });

  after(() => removeSandbox(request));

  it("creates, previews, names changes, replaces, refreshes, explains, deletes", async () => {
    const namespace = `plugin-test-${process.pid}`;
    await using stack = await createStack(
      pulumi,
      `
            import * as pulumi from "@pulumi/pulumi";
            import * as k8s from "@pulumi/kubernetes";
            const config = new pulumi.Config();
            const provider = new k8s.Provider("k", { kubeconfig: process.env.TEST_KUBECONFIG, clusterIdentifier: "test", enableConfigMapMutable: true });
            const namespace = new k8s.core.v1.Namespace("ns", { metadata: { name: ${JSON.stringify(namespace)} } }, { provider }).metadata.name;
            const data = new k8s.core.v1.ConfigMap("data", { metadata: { namespace }, data: { color: config.get("color") ?? "red" } }, { provider });
            const secret = new k8s.core.v1.Secret("secret", { metadata: { name: "secret", namespace }, stringData: { pw: "hunter2" } }, { provider });
            const labels = { app: config.get("app") ?? "web" };
            const web = new k8s.apps.v1.Deployment("web", {
                metadata: { name: "web", namespace, annotations: { "pulumi.com/timeoutSeconds": "2" } },
                spec: { replicas: config.getNumber("replicas") ?? 0, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { nodeName: "nowhere", containers: [{ name: "web", image: "none" }] } } },
            }, { provider });
            export const name = data.metadata.name;
            export const data64 = secret.data;
            export const uid = web.metadata.uid;`,
      { TEST_KUBECONFIG: kubeconfig },
    );

    // The namespace is not there yet: the preview does without.
    const preview = await stack.pulumi("preview");
    assert.equal(preview.code, 0, preview.output);
    assert.match(preview.output, /6 to create/);
    const up = await stack.pulumi(...UP);
    assert.equal(up.code, 0, up.output);
    assert.doesNotMatch(up.output, /hunter2|aHVudGVyMg==/);
    const name = String(await stack.output("name"));
    assert.match(name, /^data-[0-9a-f]{7}$/);
    assert.deepEqual(await stack.output("data64"), { pw: Buffer.from("hunter2").toString("base64") });
    const unchanged = await stack.pulumi(...UP);
    assert.match(unchanged.output, /6 unchanged/, unchanged.output);

    await stack.pulumi("config", "set", "color", "blue");
    const diff = await stack.pulumi("preview", "--diff");
    assert.match(diff.output, /~ color: "red" => "blue"/, diff.output);
    const refreshed = await stack.pulumi("refresh", "--yes", "--skip-preview");
    assert.match(refreshed.output, /6 unchanged/, refreshed.output);

    const uid = await stack.output("uid");
    await stack.pulumi("config", "set", "app", "other");
    const replace = await stack.pulumi(...UP);
    assert.equal(replace.code, 0, replace.output);
    assert.match(replace.output, /1 updated[\s\S]*1 replaced/, replace.output);
    assert.equal(await stack.output("name"), name);
    assert.notEqual(await stack.output("uid"), uid);

    await stack.pulumi("config", "set", "replicas", "1");
    const notReady = await stack.pulumi(...UP);
    assert.notEqual(notReady.code, 0);
    assert.match(
      notReady.output,
      /Deployment \S+\/web was not ready within 2 s; last seen: 1 of 1 replicas updated, 0 available, 1 in all/,
    );
    await stack.pulumi("config", "set", "replicas", "0");
    const mended = await stack.pulumi(...UP);
    assert.equal(mended.code, 0, mended.output);

    const destroy = await stack.pulumi("destroy", "--yes", "--skip-preview");
    assert.equal(destroy.code, 0, destroy.output);
    assert.match(destroy.output, /6 deleted/);
  });

  it("removes from the cluster what is removed from a Secret", async () => {
    const namespace = `plugin-secret-${process.pid}`;
    await using stack = await createStack(
      pulumi,
      `
            import * as pulumi from "@pulumi/pulumi";
            import * as k8s from "@pulumi/kubernetes";
            const url = new pulumi.Config().get("url");
            const provider = new k8s.Provider("k", { kubeconfig: process.env.TEST_KUBECONFIG, clusterIdentifier: "test", enableSecretMutable: true });
            const namespace = new k8s.core.v1.Namespace("ns", { metadata: { name: ${JSON.stringify(namespace)} } }, { provider }).metadata.name;
            const stringData = { pw: "hunter2", ...(url === undefined ? {} : { url }) };
            export const data64 = new k8s.core.v1.Secret("secret", { metadata: { name: "secret", namespace }, stringData }, { provider }).data;`,
      { TEST_KUBECONFIG: kubeconfig },
    );
    const client = await ClusterClient.connect(parseSettings({ kubeconfig }), () => {});
    const ref = { apiVersion: "v1", kind: "Secret", namespace, name: "secret" };
    const liveData = async () => mapAt(await client.get(ref), "data");
    const pw = Buffer.from("hunter2").toString("base64");

    await stack.pulumi("config", "set", "url", "redis://mine");
    const up = await stack.pulumi(...UP);
    assert.equal(up.code, 0, up.output);
    assert.deepEqual(await liveData(), { pw, url: Buffer.from("redis://mine").toString("base64") });
    await stack.pulumi("config", "rm", "url");
    const preview = await stack.pulumi("preview", "--diff");
    assert.doesNotMatch(preview.output, /hunter2|aHVudGVyMg==|redis:\/\/mine|cmVkaXM6Ly9taW5l/);
    const removed = await stack.pulumi(...UP);
    assert.match(removed.output, /1 updated/, removed.output);
    assert.deepEqual(await liveData(), { pw });
    assert.deepEqual(await stack.output("data64"), { pw });
    const unchanged = await stack.pulumi(...UP);
    assert.match(unchanged.output, /4 unchanged/, unchanged.output);
  });

  it("previews a cluster that cannot be reached, and says what to do when it must be", async () => {
    const gone = JSON.stringify({
      "current-context": "x",
      users: [{ name: "u", user: {} }],
      contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
      clusters: [{ name: "c", cluster: { server: "https://127.0.0.1:1" } }],
    });
    await using stack = await createStack(
      pulumi,
      `
            import * as k8s from "@pulumi/kubernetes";
            const provider = new k8s.Provider("k", { kubeconfig: process.env.TEST_KUBECONFIG });
            new k8s.core.v1.Namespace("ns", {}, { provider });`,
      { TEST_KUBECONFIG: gone },
    );
    const preview = await stack.pulumi("preview");
    assert.equal(preview.code, 0, preview.output);
    const up = await stack.pulumi(...UP);
    assert.notEqual(up.code, 0);
    assert.match(
      up.output,
      /error: Namespace ns-[0-9a-f]{7}: the Kubernetes API at https:\/\/127\.0\.0\.1:1 cannot be reached: connect ECONNREFUSED/,
    );
    assert.doesNotMatch(up.output, /\n +at /, "no stack trace");
  });
});
