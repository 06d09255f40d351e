import { strict as assert } from "node:assert";
import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { KubernetesApi } from "../../../lib/kubernetes/api";
import { stepByStep } from "../../../lib/testing/skip";
import { assertHidden } from "../../stacks/hidden";
import { inContainer, namespace } from "../../stacks/kube";
import { names, OpenAiOutside } from "../../stacks/openai/outside";
import type { Mood } from "../../stacks/openai/server";
import type { OutsideCluster } from "../../stacks/outside-cluster";
import { TestStack } from "../../stacks/stack";

const key = `sk-proj-${randomBytes(24).toString("hex")}`;
const models = ["gpt-4o-mini-2024-07-18", "gpt-5.2-2025-12-11"];

/** A gateway whose upstream is OpenAI, played at its own name over TLS; each test goes on where the one before ended. */
export function openAi(
  theCluster: () => OutsideCluster,
  gateway: "plano" | "standin",
  theImage: () => { readonly image: string; readonly planoVersion?: string },
): void {
  describe(`OpenAI behind ${gateway === "plano" ? "Plano" : "the stand-in"}`, function () {
    stepByStep(this);
    this.timeout(600_000);
    let cluster: OutsideCluster;
    let outside: OpenAiOutside;
    let stack: TestStack;

    before(async () => {
      cluster = theCluster();
      process.env.KUBECONFIG = await cluster.kubeconfig("admin");
      outside = await OpenAiOutside.start(cluster.sandbox.nodeAddress, cluster.api, key);
      const where = { cluster: "existing", gateway, ...theImage(), serviceType: "NodePort", maxReplicas: 2 };
      stack = await TestStack.create(`e2e-openai-${gateway}`, where);
      await stack.setSecret("OPENAI_API_KEY", key);
    });

    after(async () => {
      await stack?.[Symbol.asyncDispose]();
      await outside?.[Symbol.asyncDispose]();
    });

    const seen = () => outside.seen.filter(({ host }) => host.startsWith("api.openai.com"));
    const asked = async (work: () => Promise<unknown>): Promise<number> => {
      const before = seen().length;
      await work();
      return seen().length - before;
    };

    /** `up`, which fails with the proof's verdict and a remedy. */
    async function upSays(verdict: RegExp, remedy: RegExp): Promise<void> {
      const output = await stack.upFails();
      console.log(`      ${/verdict is .*/.exec(output)?.[0]}`);
      assert.match(output, verdict);
      assert.match(output, remedy);
      assertHidden("the output", output, key);
    }

    it("is not believed with a certificate of an unknown authority, and is sent nothing", async () => {
      const count = await asked(() => upSays(/did not answer: HTTP 50\d/, /→ .*pulumi config set caBundle/));
      assert.equal(count, 0);
    });

    it("passes the proof with caBundle, its models named with their dates, and all requests with the key", async () => {
      const caBundle = join(stack.folder, "ca.pem");
      await writeFile(caBundle, await outside.authority());
      await stack.configure({ caBundle });
      const output = await stack.up();
      const { verdict, sessions } = await stack.affinity();
      assert.equal(verdict, "pass", output);
      assert.deepEqual([...new Set(sessions.map(({ model }) => model))].sort(), models);
      assert.ok(seen().length >= 20, `${seen().length} requests`);
      assert.deepEqual([...new Set(seen().map(({ authorization }) => authorization))], [`Bearer ${key}`]);
    });

    const ask = async (fields: object) => {
      const body = JSON.stringify({ model: "gpt-4o-mini", messages: [{ role: "user", content: "Hello" }], ...fields });
      const url = `${await stack.output<string>("gatewayUrl")}/v1/chat/completions`;
      return fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
    };

    // Plano's Envoy has no `match_typed_subject_alt_names` (config/envoy.template.yaml, 0.4.19 to 0.4.36).
    it(`is ${gateway === "plano" ? "" : "not "}believed with a certificate of the authority for another name`, async () => {
      await outside.showFor("other.example.com");
      assert.equal((await ask({})).status, gateway === "plano" ? 200 : 502);
      await outside.showFor(...names);
    });

    it("streams an answer to its end, and one that is cut short is not taken for whole", async () => {
      const stream = async () => (await ask({ stream: true })).text();
      assert.match(await stream(), /"model":"gpt-4o-mini-2024-07-18"[^]*data: \[DONE\]\s*$/);
      outside.mood = "cut short";
      // Plano 0.4.27 ends it in good order: only that `[DONE]` is missing tells.
      const whole = gateway === "plano" ? /"content"[^]*\}\s*$/ : /^TypeError: terminated$/;
      const ended = await stream().catch(String);
      assert.match(ended, whole);
      assert.doesNotMatch(ended, /\[DONE\]/);
    });

    const moods: readonly (readonly [Mood, verdict: RegExp, remedy: RegExp, attempts: number])[] = [
      ["limited", /HTTP 429: Rate limit reached/, /→ OpenAI limits this key's requests/, 3],
      ["out of order", /HTTP 500: The server had an error/, /→ the gateway has no whole answer from OpenAI/, 1],
      ["overloaded", /HTTP 503: The engine is currently overloaded/, /→ the gateway has no whole answer from OpenAI/, 3],
      // Plano 0.4.27 answers 200, and nothing.
      ["cut short", /the answer (was cut off|is empty)/, /→ the gateway has no whole answer from OpenAI/, 1],
    ];
    for (const [mood, verdict, remedy, attempts] of moods)
      it(`is named, with what to do, when it is ${mood}, after ${attempts} attempts by each replica`, async () => {
        outside.mood = mood;
        assert.equal(await asked(() => upSays(verdict, remedy)), 2 * attempts);
      });

    it("refuses a wrong key, which is named by its setting and by nothing of its own", async () => {
      outside.mood = "well";
      const wrong = `sk-proj-${randomBytes(24).toString("hex")}`;
      await stack.setSecret("OPENAI_API_KEY", wrong);
      await upSays(/HTTP 401: Incorrect API key provided: …/, /→ .*pulumi config set --secret OPENAI_API_KEY/);
      await stack.setSecret("OPENAI_API_KEY", key);
      assert.match(await stack.up(), /Affinity: pass/);
    });

    it("alone has seen the key, in the header authorization", async () => {
      for (const { host, authorization, rest } of outside.seen) {
        assertHidden(`a request to ${host}`, rest, key);
        if (!host.startsWith("api.openai.com")) assert.doesNotMatch(authorization ?? "", /sk-/, host);
      }
      const { core } = cluster.api;
      const { items } = await core.listNamespacedPod({ namespace });
      for (const { metadata, spec, status } of items) {
        if (metadata?.deletionTimestamp !== undefined) continue;
        const name = metadata?.name ?? "";
        assert.equal(status?.phase, "Running", name);
        for (const { name: container } of [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])]) {
          const log = await core.readNamespacedPodLog({ namespace, name, container });
          // What only copies a file says nothing.
          if (container !== "trust") assertHidden(`the log of ${name}'s ${container}`, `.${log}`, key);
        }
      }
      const jaeger = items.find(({ metadata }) => metadata?.labels?.["app"] === "jaeger")?.metadata?.name ?? "";
      using api = await KubernetesApi.connect(cluster.api.config);
      const traces = `/api/v1/namespaces/${namespace}/pods/${jaeger}:16686/proxy/api`;
      const { data: services } = await api.json<{ data: string[] }>({ path: `${traces}/services` });
      assert.ok(services.includes("plano(llm)"), services.join());
      for (const service of services) {
        const text = await api.text({ path: `${traces}/traces`, query: { service, limit: "500" } });
        assert.match(text, /"traceID"/, service);
        assertHidden(`a trace of ${service}`, text, key);
      }
      const redis = (...command: string[]) => inContainer(cluster.api, "redis-0", "redis", ["redis-cli", ...command]);
      const pins = (await redis("KEYS", "*")).trim().split("\n");
      assert.ok(pins.length >= 4, pins.join());
      for (const pin of pins) assertHidden(`Redis' ${pin}`, `${pin} ${await redis("GET", pin)}`, key);
      assertHidden("the exported stack", await stack.must("stack", "export"), key);
      assertHidden("the stack's outputs", await stack.must("stack", "output", "--json"), key);
      const { output, report } = await stack.verify(["--namespace", namespace], 0);
      assertHidden("the verifier's output", output, key);
      assertHidden("the report", JSON.stringify(await report()), key);
    });

    it("leaves with the stack", async () => {
      await stack.destroy();
      assertHidden("the settings", await readFile(join(stack.folder, "settings.json"), "utf8"), key);
    });
  });
}
