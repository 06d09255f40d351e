import { strict as assert } from "node:assert";
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EngineStack, needsPulumi } from "../../stacks/engine";

const ROOT = join(__dirname, "..", "..", "..");

/** A plugin for Kubernetes without a cluster: objects are what was asked for, and any difference would replace them. */
const plugin = `#!/usr/bin/env node
const { main } = require(${JSON.stringify(join(ROOT, "node_modules/@pulumi/pulumi/provider"))});
const text = (value) => JSON.stringify(value, (_, it) => (it?.constructor === Object ? Object.fromEntries(Object.entries(it).sort()) : it));
main({
  version: "4.34.2",
  check: async (_urn, _olds, inputs) => ({ inputs }),
  diff: async (_id, _urn, olds, news) => (text(olds) === text(news) ? { changes: false } : { changes: true, replaces: ["spec"] }),
  create: async (urn, inputs) => ({ id: urn.split("::").pop(), outs: inputs }),
  delete: async () => undefined,
}, process.argv.slice(2));
`;

const args = `{ kubeconfig: "none", gateway: "standin", image: "gateway:1", stubImage: "stub:1", serviceType: "ClusterIP", monitoring: {},
  metricsServer: "install", imagePullConfig: "{}" } as const`;

/** The parts as they were before there was \`PlanoStack\`: without a parent. */
const before = `
import { Jaeger } from "${ROOT}/components/jaeger/jaeger";
import { LlmStub } from "${ROOT}/components/llm-stub/llm-stub";
import { MetricsServer } from "${ROOT}/components/metrics-server/metrics-server";
import { Monitoring } from "${ROOT}/components/monitoring/monitoring";
import { Plano } from "${ROOT}/components/plano/plano";
import { Redis } from "${ROOT}/components/redis/redis";
import { withDefaults } from "${ROOT}/components/plano-stack-args";
import { PullSecret, StackNamespace } from "${ROOT}/components/stack-namespace";
import { partsOf } from "${ROOT}/components/stack-parts";
const args = withDefaults(${args});
new MetricsServer("metrics-server", args);
const { namespace, secretName, credentialsChecksum, redisPassword } = new StackNamespace("namespace", args);
const pullSecret = new PullSecret("pull-secret", { namespace, config: args.imagePullConfig! }).made.main.metadata.name;
const parts = partsOf(args, { namespace, secretName, credentialsChecksum, redisPassword, pullSecret });
new Redis("redis", parts.redis!);
new Jaeger("jaeger", parts.jaeger);
new LlmStub("llm-stub", parts.stub!);
new Plano("plano", parts.plano);
new Monitoring("monitoring", parts.monitoring!);
`;

const after = `
import { PlanoStack } from "${ROOT}/components/plano-stack";
new PlanoStack("stack", { ...${args}, prefix: "" });
`;

describe("a stack of the version before", function () {
  this.timeout(300_000);

  it("is taken over by PlanoStack with nothing changed, made anew or removed", async function () {
    await needsPulumi(this);
    await using stack = await EngineStack.of(before);
    const plugins = join(stack.folder, "home/plugins");
    const folder = (await readdir(plugins)).find((it) => it.startsWith("resource-kubernetes-")) ?? assert.fail();
    const file = join(plugins, folder, "pulumi-resource-kubernetes");
    await rm(file);
    await writeFile(file, plugin, { mode: 0o755 });

    const up = await stack.up();
    const made = Number(/\+ (\d+) created/.exec(up)?.[1]);
    assert.ok(made > 40, up);

    await writeFile(join(stack.folder, "index.ts"), after);
    const preview = await stack.pulumi("preview", "--diff");
    assert.match(preview.output, new RegExp(`\\+ 1 to create\\s+${made} unchanged`), preview.output);
    assert.match(preview.output, /\+ plano-affinity:index:PlanoStack: \(create\)/);
    assert.match(await stack.up(), new RegExp(`\\+ 1 created\\s+${made} unchanged`));
  });
});
