import assert from "node:assert/strict";
import * as apps from "@pulumi/kubernetes/apps/v1";
import type { ComponentResourceOptions } from "@pulumi/pulumi";
import { Jaeger } from "./jaeger/jaeger";
import { LlmStub } from "./llm-stub/llm-stub";
import { Plano } from "./plano/plano";
import { PullSecret, withPullSecret } from "./pull-secret";
import { find, type Made, mockEngine, register, valueOf } from "./testing/pulumi-mocks";

const config = JSON.stringify({ auths: { "r.example.com": { auth: "aHVzaA==" } } });

describe("PullSecret", () => {
  let secret: PullSecret | undefined;
  let made: readonly Made[];

  before(async () => {
    await mockEngine();
    made = await register((opts) => (secret = new PullSecret("pull-secret", { namespace: "demo", config }, opts)));
  });

  it("is a Secret that the kubelet understands, and its content a secret of Pulumi's", () => {
    const { manifest, secretPaths } = find(made, "Secret", "plano-pull");
    assert.equal((manifest as unknown as { type: string }).type, "kubernetes.io/dockerconfigjson");
    assert.deepEqual(manifest.stringData, { ".dockerconfigjson": config });
    assert.equal(manifest.metadata.namespace, "demo");
    assert.deepEqual(secretPaths, ["stringData"]);
  });

  it("is named in every pod of the stack, and in none of kube-system", async () => {
    assert.ok(secret);
    const transformation = withPullSecret(secret.secretName);
    const pulling = (opts: ComponentResourceOptions): ComponentResourceOptions => ({
      transformations: [...(opts.transformations ?? []), transformation],
    });
    const namespace = "demo";
    const planoArgs = {
      namespace,
      gateway: "standin",
      image: "i",
      config: "c",
      secretName: "s",
      credentialsChecksum: "1",
      minReplicas: 2,
      maxReplicas: 5,
      cpuTarget: 70,
      serviceType: "ClusterIP",
      nodeAddress: undefined,
    } as const;
    const jaegerArgs = { namespace, image: "i", onNodePort: false, nodeAddress: undefined };
    const workloads = await Promise.all([
      register((opts) => new LlmStub("stub", { namespace, image: "i" }, pulling(opts))),
      register((opts) => new Jaeger("jaeger", jaegerArgs, pulling(opts))),
      register((opts) => new Plano("plano", planoArgs, pulling(opts))),
    ]);
    const deployments = workloads.flat().filter(({ type }) => type.endsWith(":Deployment"));
    assert.equal(deployments.length, 3);
    for (const { name, manifest } of deployments)
      assert.deepEqual(manifest.spec.template.spec.imagePullSecrets, [{ name: "plano-pull" }], name);

    const foreign = new apps.Deployment(
      "foreign",
      {
        metadata: { name: "foreign", namespace: "kube-system" },
        spec: { selector: {}, template: { spec: { containers: [{ name: "c" }] } } },
      },
      { transformations: [transformation] },
    );
    assert.equal((await valueOf(foreign.spec.template.spec)).imagePullSecrets, undefined);
  });
});
