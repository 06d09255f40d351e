import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { PlanoStack, type PlanoStackArgs } from "./plano-stack";
import { withDefaults } from "./plano-stack-args";
import { loadSettings } from "../settings";
import { find, mockEngine, register, valueOf } from "./testing/pulumi-mocks";

const args: PlanoStackArgs = { kubeconfig: "none", monitoring: {}, metricsServer: "install", imagePullConfig: "{}" };

describe("PlanoStack", () => {
  beforeEach(() => mockEngine());

  it("has defaults for everything but the cluster, and names of its own for each", async () => {
    const provider = new k8s.Provider("cluster", { kubeconfig: "none" });
    const made = await register(
      (opts) => new PlanoStack("team", { kubeconfig: "none", namespace: "demo" }, { ...opts, provider }),
    );
    for (const { name } of made) assert.match(name, /^team/);
    const { image, command } = find(made, "Deployment", "plano").manifest.spec.template.spec.containers[0] ?? {};
    assert.deepEqual([image, command], ["docker.io/katanemo/plano:0.4.27", undefined]);
    assert.ok(find(made, "ConfigMap", "llm-stub-program"), "the stub comes with the package");
    assert.equal(find(made, "Service", "plano").manifest.spec.type, "LoadBalancer");
    assert.equal(find(made, "HorizontalPodAutoscaler", "plano").manifest.spec.maxReplicas, 5);
    const { resource } = find(made, "Deployment", "jaeger");
    assert.equal((resource as unknown as { __prov?: unknown }).__prov, provider, "made through the stack's provider");
  });

  it("has the defaults that the settings have", () => {
    const settings: Readonly<Record<string, unknown>> = { ...loadSettings({ values: new Map(), secretKeys: new Set() }) };
    // What the settings leave open until the cluster is known, a program of your own has to say.
    const open = ["kubeconfig", "gateway", "serviceType", "metricsServer", "nodePortsAnswer"];
    for (const [key, value] of Object.entries(withDefaults({ kubeconfig: "none" })))
      if (!open.includes(key)) assert.deepEqual(value, settings[key], key);
  });

  it("marks every object in the cluster with labels and the annotations asked for, and lets it go with the cluster", async () => {
    const annotations = { "example.com/mark": "mine" };
    const deletedWith = new pulumi.ComponentResource("test:index:Cluster", "cluster");
    const all = {
      ...args,
      redisReplicas: 3,
      jaegerStorage: "5Gi",
      ingress: { kind: "HTTPRoute", host: "llm.example.com" },
    } as const;
    const made = await register(
      (opts) => new PlanoStack("stack", { ...all, namespace: "demo", annotations }, { ...opts, deletedWith }),
    );
    const objects = made.filter(({ type }) => type.startsWith("kubernetes:"));
    assert.ok(objects.length > 45, `${objects.length}`);
    for (const { type, name, manifest, opts } of objects) {
      const { annotations: marks, labels, namespace } = manifest.metadata;
      const what = `${type} ${name}`;
      assert.equal(marks?.["example.com/mark"], "mine", what);
      assert.equal(opts.deletedWith, deletedWith, what);
      if (name !== "stack-namespace-secrets") assert.equal(labels?.["app.kubernetes.io/part-of"], "plano-affinity", what);
      if (!name.startsWith("stack-metrics-server") && name !== "stack-namespace") assert.equal(namespace, "demo", what);
    }
  });

  it("takes a release that was not examined only where that is wanted, and tells the proof", async () => {
    const unexamined = { ...args, namespace: "demo", planoVersion: "0.4.39" };
    assert.throws(
      () => new PlanoStack("refused", unexamined),
      /^Error: Plano 0\.4\.39 was not examined; planoVersionUnexamined lets/,
    );
    const { subject } = new PlanoStack("stack", { ...unexamined, planoVersionUnexamined: true });
    assert.deepEqual([subject.pin, subject.sessionTtlSeconds], ["anchored", 300]);
    assert.match((await valueOf(pulumi.output(subject.unexamined))) ?? "", /^Plano 0\.4\.39 was not examined: /);
  });

  it("tells a proof what it has to know of the stack", async () => {
    const stack = new PlanoStack("stack", {
      ...args,
      namespace: "demo",
      gateway: "standin",
      tenantHeader: "x-team",
      minReplicas: 3,
    });
    const { subject } = stack;
    assert.deepEqual(await valueOf(pulumi.output([subject.namespace, subject.deployment])), ["demo", "plano"]);
    const { isStandin, upstream, pin, sessionTtlSeconds, tenantHeader, minReplicas } = subject;
    assert.deepEqual([isStandin, upstream, pin, sessionTtlSeconds], [true, "stub", "fixed", 600]);
    assert.deepEqual([tenantHeader, minReplicas], ["x-team", 3]);
    assert.equal(await pulumi.isSecret(pulumi.output(subject.redisPassword)), true);
  });
});
