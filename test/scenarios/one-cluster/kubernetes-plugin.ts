import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { connect, parseSettings } from "../../../sandbox/plugins/kubernetes/cluster";
import { mapAt } from "../../../sandbox/plugins/kubernetes/objects";
import { EngineStack, needsPulumi } from "../../stacks/engine";
import type { OutsideCluster } from "../../stacks/outside-cluster";

/** A program with a provider and a namespace. */
const programOf = (body: string, options: string, namespace: string): string => `
import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
const config = new pulumi.Config();
const provider = new k8s.Provider("k", { kubeconfig: process.env.TEST_KUBECONFIG, ${options} });
const namespace = new k8s.core.v1.Namespace("ns", { metadata: { name: ${JSON.stringify(namespace)} } }, { provider }).metadata.name;
${body}`;

/** These need an API server and controllers; no pod has to start. */
export function kubernetesPlugin(theCluster: () => OutsideCluster): void {
  describe("the kubernetes plugin with the real engine and a real API server", () => {
    let kubeconfig: string;

    before(async function () {
      await needsPulumi(this);
      ({ kubeconfig } = theCluster().sandbox);
    });

    it("creates, previews, names changes, replaces, refreshes, explains, deletes", async () => {
      const namespace = `plugin-test-${process.pid}`;
      const body = `
        const data = new k8s.core.v1.ConfigMap("data", { metadata: { name: "data", namespace }, data: { color: config.get("color") ?? "red", key: pulumi.secret("hunter3") } }, { provider });
        const url = config.get("url");
        const stringData = { pw: "hunter2", ...(url === undefined ? {} : { url }) };
        const secret = new k8s.core.v1.Secret("secret", { metadata: { name: "secret", namespace }, stringData }, { provider });
        const labels = { app: config.get("app") ?? "web" };
        const web = new k8s.apps.v1.Deployment("web", {
          metadata: { name: "web", namespace, annotations: { "pulumi.com/timeoutSeconds": config.get("limit") ?? "120" } },
          spec: { replicas: config.getNumber("replicas") ?? 0, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { nodeName: "nowhere", terminationGracePeriodSeconds: 0, containers: [{ name: "web", image: "none" }] } } },
        }, { provider });
        export const data64 = secret.data;
        export const uid = web.metadata.uid;`;
      const options = 'clusterIdentifier: "test"';
      await using stack = await EngineStack.of(programOf(body, options, namespace), { TEST_KUBECONFIG: kubeconfig });
      const client = await connect(parseSettings({ kubeconfig }), () => {});
      const liveData = async () =>
        mapAt(await client.get({ apiVersion: "v1", kind: "Secret", namespace, name: "secret" }), "data");
      const pw = Buffer.from("hunter2").toString("base64");
      await stack.must("config", "set", "url", "redis://mine");

      // The namespace is not there yet: the preview does without.
      assert.match(await stack.must("preview"), /6 to create/);
      assert.doesNotMatch(await stack.up(), /hunter|aHVudGVyMg==/);
      const state = await readFile(join(stack.folder, "state/.pulumi/stacks/test/dev.json"), "utf8");
      assert.doesNotMatch(state, /hunter|aHVudGVyMg==/, "the engine keeps secret what the program says is");
      const both = { pw, url: Buffer.from("redis://mine").toString("base64") };
      assert.deepEqual([await stack.output("data64"), await liveData()], [both, both]);
      assert.match(await stack.up(), /6 unchanged/);

      await stack.must("config", "set", "color", "blue");
      assert.match(await stack.must("preview", "--diff"), /~ color: "red" => "blue"/);
      assert.match(await stack.must("refresh", "--yes", "--skip-preview"), /6 unchanged/);

      const uid = await stack.output("uid");
      await stack.must("config", "set", "app", "other");
      assert.match(await stack.up(), /1 updated[\s\S]*1 replaced/);
      assert.notEqual(await stack.output("uid"), uid);

      await stack.must("config", "set", "replicas", "1");
      await stack.must("config", "set", "limit", "5");
      assert.match(
        await stack.upFails(),
        /Deployment \S+\/web was not ready within 5 s; last seen: 1 of 1 replicas updated, 0 available, 1 in all/,
      );
      await stack.must("config", "set", "replicas", "0");
      await stack.must("config", "rm", "limit");
      await stack.up();

      // What is removed from a Secret goes from the cluster too.
      await stack.pulumi("config", "rm", "url");
      assert.doesNotMatch(await stack.must("preview", "--diff"), /hunter2|aHVudGVyMg==|redis:\/\/mine|cmVkaXM6Ly9taW5l/);
      assert.match(await stack.up(), /1 updated/);
      assert.deepEqual([await stack.output("data64"), await liveData()], [{ pw }, { pw }]);
      assert.match(await stack.up(), /6 unchanged/);

      assert.match(await stack.destroy(), /6 deleted/);
    });

    it("previews a cluster that cannot be reached, and says what to do when it must be", async () => {
      const gone = await readFile(join(__dirname, "..", "..", "stacks", "no-cluster.yaml"), "utf8");
      await using stack = await EngineStack.of(programOf("", "", "gone"), { TEST_KUBECONFIG: gone });
      await stack.must("preview");
      assert.match(
        await stack.upFails(),
        /error: Namespace gone: the Kubernetes API at https:\/\/127\.0\.0\.1:1 cannot be reached: connection refused/,
      );
    });
  });
}
