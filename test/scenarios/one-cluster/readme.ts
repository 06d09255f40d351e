import { strict as assert } from "node:assert";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Report } from "../../../verify";
import { readmeCommand } from "../../readme";
import type { KubernetesObject } from "@kubernetes/client-node";
import { parseAllDocuments } from "yaml";
import { stepByStep } from "../../../lib/testing/skip";
import type { OutsideCluster } from "../../stacks/outside-cluster";
import { Reader } from "../../stacks/reader";

/** The README's second and third user; each test goes on where the one before ended. */
export function platformEngineer(theCluster: () => OutsideCluster): void {
  describe("a platform engineer with the README", function () {
    stepByStep(this);
    this.timeout(600_000);
    let reader: Reader;

    // They make no sandbox.
    before(async () => void (reader = await Reader.create("e2e-readme-none")));
    after(() => reader?.[Symbol.asyncDispose]());

    it("joins a cluster that another made, and proves the stack there", async () => {
      const cluster = theCluster();
      const KUBECONFIG = await cluster.kubeconfig("my-context");
      // Plano's image, OpenAI and load balancers are not to be had here.
      await reader.takeWorkingTree({ gateway: "standin", image: cluster.image, upstream: "stub", serviceType: "NodePort" });
      const prefix = join(reader.folder, "global");
      const PATH = `${join(prefix, "bin")}:${process.env.PATH ?? ""}`;
      await reader.openAnother({ KUBECONFIG, npm_config_prefix: prefix, PATH });
      await reader.must(readmeCommand("npm run pulumi -- stack select --create dev"));
      await reader.must(readmeCommand("npm run pulumi -- config set cluster existing"));
      await reader.must(readmeCommand("npm run pulumi -- config set context my-context"));
      await reader.must(readmeCommand("npm run pulumi -- config set --secret OPENAI_API_KEY"), "sk-of-the-tests\n");
      assert.ok(!(await readFile(join(reader.clone, "Pulumi.dev.yaml"), "utf8")).includes("sk-of-the-tests"));
      assert.match(
        await reader.must(readmeCommand("npm run pulumi -- preview")),
        /in my-context, outside the namespace plano-demo, the stack makes: Namespace plano-demo\n/,
      );
      assert.match(await reader.must(readmeCommand("npm run pulumi -- up --yes")), /Affinity: pass/);
      const output = await reader.must(readmeCommand("npm run --silent pulumi -- stack output affinity --json"));
      assert.equal((JSON.parse(output.slice(output.indexOf("{"))) as { verdict: string }).verdict, "pass");
    });

    it("has its objects as YAML, without secrets, as they are in the cluster", async () => {
      const output = await reader.must("npm run --silent manifests");
      const documents = parseAllDocuments(output.slice(output.indexOf("# Objects")));
      const objects = documents.flatMap((it) => (it.toJS() as KubernetesObject | null) ?? []);
      assert.ok(!output.includes("sk-of-the-tests") && objects.every(({ kind }) => kind !== "Secret"));
      assert.match(output, /^# {3}Secret plano-secrets: REDIS_PASSWORD, OPENAI_API_KEY$/m);
      const { api } = theCluster();
      for (const { kind, metadata, ...object } of objects) {
        const there = await api.objects.read({
          ...object,
          kind,
          metadata: { name: metadata?.name ?? "", namespace: metadata?.namespace },
        });
        const image = (it: object) => /"image":"([^"]+)"/.exec(JSON.stringify(it))?.[1];
        assert.equal(image(object), image(there), `${kind} ${metadata?.name}`);
      }
    });

    it("has it as a gate, without the checkout", async () => {
      await reader.must(readmeCommand("npm pack -w plano-affinity && npm install -g ./plano-affinity-0.1.0.tgz"));
      const gate = readmeCommand(
        "plano-affinity verify --context my-context --namespace plano-demo --report junit=report.xml --report json=report.json",
      );
      await reader.must(gate);
      const report = JSON.parse(await readFile(join(reader.clone, "report.json"), "utf8")) as Report;
      assert.equal(report.verdict, "pass");
      assert.match(await readFile(join(reader.clone, "report.xml"), "utf8"), /<testsuites? /);
    });

    it("verifies the pods of a cluster, and disturbs them", async () => {
      await reader.must(readmeCommand("npm run verify -- --context my-context --namespace plano-demo --selector app=plano"));
      const output = await reader.must(
        readmeCommand("npm run verify -- --context my-context --namespace plano-demo --checks scale,faults --yes"),
      );
      for (const check of ["scale", "faults"]) assert.match(output, new RegExp(`│ ${check}\\s+│ pass\\s`));
    });

    it("leaves the cluster without the stack", async () => {
      await reader.must(readmeCommand("npm run pulumi -- destroy --yes"));
      const { items } = await theCluster().api.core.listNamespace();
      const namespaces = items.map(({ metadata }) => metadata?.name);
      assert.ok(namespaces.includes("kube-system") && !namespaces.includes("plano-demo"), namespaces.join(", "));
    });
  });
}
