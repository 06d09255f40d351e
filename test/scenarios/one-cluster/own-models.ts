import { strict as assert } from "node:assert";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { KubernetesObject } from "@kubernetes/client-node";
import { jaegerObjects } from "../../../components/jaeger/jaeger";
import { stepByStep } from "../../../lib/testing/skip";
import { nodePorts } from "../../../components/names";
import { publishedImages } from "../../../settings/images";
import { namespace } from "../../stacks/kube";
import type { OutsideCluster } from "../../stacks/outside-cluster";
import { TestStack } from "../../stacks/stack";

const examples = join(__dirname, "../../../docs/examples/gateway-config");

/** A user's own models, keys, images, places and tracing; each test goes on where the one before ended. */
export function ownModels(theCluster: () => OutsideCluster): void {
  describe("a stack with what its user brings", function () {
    stepByStep(this);
    let cluster: OutsideCluster;
    let stack: TestStack;

    const pass = async (): Promise<string> => {
      const output = await stack.up();
      assert.equal((await stack.affinity()).verdict, "pass", output);
      return output;
    };
    const models = async (): Promise<(string | null)[]> => {
      const { sessions } = await stack.affinity();
      return [...new Set(sessions.map(({ model }) => model))].sort();
    };
    const gatewayOf = async () => (await cluster.api.apps.readNamespacedDeployment({ namespace, name: "plano" })).spec?.template;

    before(async () => {
      cluster = theCluster();
      process.env.KUBECONFIG = await cluster.kubeconfig("admin");
      const settings = { cluster: "existing", gateway: "standin", image: cluster.image, serviceType: "NodePort" };
      stack = await TestStack.create("e2e-own-models", { ...settings, upstream: "stub" });
    });
    after(() => stack?.[Symbol.asyncDispose]());

    it("proves models of three providers on the stub, by prompts that their routes suggest", async () => {
      await stack.configure({ gatewayConfig: join(examples, "three-providers.yaml") });
      await pass();
      assert.ok(
        (await models()).every((it) => /^(openai\/gpt-4o-mini|anthropic\/claude-sonnet-4-5|vllm\/qwen3-coder)$/.test(it ?? "")),
      );
      assert.ok((await models()).length > 1);
    });

    it("is verified without being told its models, and tells where prompts go", async () => {
      assert.match((await stack.verify([], 0)).output, /Affinity: pass/);
      // No session is played: it is no verdict.
      const { output } = await stack.verify(["--suggest-prompts"], 2);
      assert.match(output, /anthropic\/claude-sonnet-4-5 ← I need help with this: explaining, reviewing/);
    });

    it("says so where the prompts given do not tell its routes apart", async () => {
      const file = join(stack.folder, "prompts.txt");
      await writeFile(file, "Write a unit test.\nWrite new functions.\n");
      await stack.configure({ proof: { prompts: file } });
      const output = await stack.upFails();
      assert.match(output, /verdict is unknown: control: every prompt got vllm\/qwen3-coder without the header/);
      assert.match(output, /vllm\/qwen3-coder ← Write a unit test\./);
      await stack.configure({ proof: undefined });
    });

    it("has ports for listeners beside the model listener", async () => {
      await stack.configure({ gatewayConfig: join(examples, "agents.yaml") });
      await pass();
      const { spec } = await cluster.api.core.readNamespacedService({ namespace, name: "plano" });
      assert.deepEqual(spec?.ports?.map(({ port }) => port).sort(), [10_000, 12_000, 8001].sort());
    });

    it("holds sessions on a release with a routing budget, and says what it changes for that", async () => {
      await stack.configure({ gatewayConfig: join(examples, "budget.yaml"), planoVersion: "0.4.36" });
      const output = await pass();
      assert.match(output, /gatewayConfig: max_switch_spend_pct is 0 and not 20/);
      assert.match(output, /gatewayConfig: the prices are the stub's/);
    });

    it("asks its own providers with the keys that it is given, which are in no clear text", async () => {
      // The stub, by its address: a provider like any other.
      const own = (await readFile(join(examples, "three-providers.yaml"), "utf8"))
        .replaceAll("access_key:", `base_url: http://llm-stub.${namespace}.svc.cluster.local:8080\n    access_key:`)
        .replace("http://vllm.models.svc.cluster.local:8000", `http://llm-stub.${namespace}.svc.cluster.local:8080`);
      const gatewayConfig = join(stack.folder, "mine.yaml");
      await writeFile(gatewayConfig, own);
      await stack.configure({ gatewayConfig, planoVersion: undefined, upstream: undefined });
      assert.match(await stack.upFails(), /gatewayConfig: .*mine\.yaml names \$ANTHROPIC_API_KEY, which nobody gives/);
      await stack.must("config", "set", "--secret", "--path", "secrets.ANTHROPIC_API_KEY", "a-key-of-the-tests");
      await stack.setSecret("OPENAI_API_KEY", "sk-of-the-tests");
      await pass();
      const names = (await gatewayOf())?.spec?.containers[0]?.env?.map(({ name }) => name) ?? [];
      assert.ok(names.includes("ANTHROPIC_API_KEY") && names.includes("OPENAI_API_KEY"), names.join());
      const state = await stack.must("stack", "export");
      for (const key of ["a-key-of-the-tests", "sk-of-the-tests"]) assert.ok(!state.includes(key), key);
    });

    it("runs its pods where and as they are wanted, and its own images", async () => {
      const pods = {
        gateway: { resources: { requests: { cpu: "150m" } }, labels: { team: "llm" }, tolerations: [{ operator: "Exists" }] },
      };
      await cluster.loadAs(publishedImages.jaeger, "r.example.com/mine/jaeger:1");
      await stack.configure({ pods, images: { jaeger: "r.example.com/mine/jaeger:1" } });
      await pass();
      const template = await gatewayOf();
      assert.equal(template?.spec?.containers[0]?.resources?.requests?.["cpu"], "150m");
      assert.equal(template?.metadata?.labels?.["team"], "llm");
      const { spec } = await cluster.api.apps.readNamespacedDeployment({ namespace, name: "jaeger" });
      assert.equal(spec?.template.spec?.containers[0]?.image, "r.example.com/mine/jaeger:1");
    });

    it("sends its traces to a collector of the user's, and looks them up there", async () => {
      const place = { namespace: "tracing", image: publishedImages.jaeger, nodePortsAnswer: true };
      const { main, service, ui } = jaegerObjects(place);
      await stack.configure({ otlpEndpoint: "http://jaeger.tracing.svc.cluster.local:4317" });
      const collector = [main, service, ui].map((it) => JSON.parse(JSON.stringify(it)) as KubernetesObject);
      await cluster.make({ apiVersion: "v1", kind: "Namespace", metadata: { name: "tracing" } });
      assert.match(await pass(), /The check traces is left out: traces go to otlpEndpoint/);
      await cluster.make(...collector);
      await stack.configure({ tracesUrl: `http://${cluster.nodeAddress}:${nodePorts.jaegerUi}` });
      await pass();
      const { checks } = await stack.affinity();
      assert.equal(checks.find(({ id }) => id === "traces")?.verdict, "pass");
    });

    it("takes its keys from a Secret that is there, and none of its own", async () => {
      await stack.destroy();
      const metadata = { name: "llm-keys", namespace: "own-models" };
      const stringData = { ANTHROPIC_API_KEY: "a-key", OPENAI_API_KEY: "sk-key" };
      await cluster.make({ apiVersion: "v1", kind: "Namespace", metadata: { name: "own-models" } }, {
        apiVersion: "v1",
        kind: "Secret",
        metadata,
        stringData,
      } as object);
      await stack.must("config", "rm", "OPENAI_API_KEY");
      await stack.must("config", "rm", "secrets");
      const theirs = join(stack.folder, "mine.yaml");
      await writeFile(theirs, (await readFile(theirs, "utf8")).replaceAll(`llm-stub.${namespace}.`, "llm-stub.own-models."));
      const place = { namespace: "own-models", createNamespace: "false", secretName: "llm-keys" };
      await stack.configure({ ...place, otlpEndpoint: undefined, tracesUrl: undefined, images: undefined });
      await pass();
      const own = await cluster.api.core.readNamespacedSecret({ name: "plano-secrets", namespace: "own-models" });
      assert.deepEqual(Object.keys(own.data ?? {}), ["REDIS_PASSWORD"]);
      await stack.destroy();
    });
  });
}
