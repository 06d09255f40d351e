import { strict as assert } from "node:assert";
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { skipBecause } from "../../../lib/testing/skip";
import { createStack, findPulumi } from "../plugins/engine";

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
import { Jaeger } from "${ROOT}/components/jaeger";
import { LlmStub } from "${ROOT}/components/llm-stub";
import { MetricsServer } from "${ROOT}/components/metrics-server";
import { Monitoring } from "${ROOT}/components/monitoring";
import { Plano } from "${ROOT}/components/plano";
import { PullSecret } from "${ROOT}/components/pull-secret";
import { Redis } from "${ROOT}/components/redis";
import { StackNamespace } from "${ROOT}/components/stack-namespace";
import { firstPartsOf, partsOf } from "${ROOT}/components/stack-parts";
const args = ${args};
const first = firstPartsOf(args);
new MetricsServer("metrics-server", first.metricsServer!);
const { namespace, secretName, credentialsChecksum, redisPassword } = new StackNamespace("namespace", first.namespace);
const pullSecret = new PullSecret("pull-secret", { namespace, config: first.pullConfig! }).secretName;
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
  this.timeout(120_000);

  it("is taken over by PlanoStack with nothing changed, made anew or removed", async function () {
    const pulumi = findPulumi();
    if (pulumi === undefined) return skipBecause(this, "there is no pulumi on PATH");
    await using stack = await createStack(pulumi, before);
    const plugins = join(stack.folder, "home/plugins");
    const folder = (await readdir(plugins)).find((it) => it.startsWith("resource-kubernetes-")) ?? assert.fail();
    const file = join(plugins, folder, "pulumi-resource-kubernetes");
    await rm(file);
    await writeFile(file, plugin, { mode: 0o755 });

    const up = await stack.pulumi("up", "--yes", "--skip-preview");
    assert.equal(up.code, 0, up.output);
    const made = Number(/\+ (\d+) created/.exec(up.output)?.[1]);
    assert.ok(made > 40, up.output);

    await writeFile(join(stack.folder, "index.ts"), after);
    const preview = await stack.pulumi("preview", "--diff");
    assert.match(preview.output, new RegExp(`\\+ 1 to create\\s+${made} unchanged`), preview.output);
    assert.match(preview.output, /\+ plano-affinity:index:PlanoStack: \(create\)/);
    const taken = await stack.pulumi("up", "--yes", "--skip-preview");
    assert.match(taken.output, new RegExp(`\\+ 1 created\\s+${made} unchanged`), taken.output);
  });
});
