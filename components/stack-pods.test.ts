import assert from "node:assert/strict";
import type { V1ObjectMeta, V1PodSpec } from "@kubernetes/client-node";
import { objectsOfStack } from "./testing/stack-mocks";
import type { Noted } from "./testing/pulumi-mocks";

/** What the profile "restricted", by which the API server judges pods itself, lets pass all the same. Empty: nothing. */
function lax({ automountServiceAccountToken, initContainers = [], containers }: V1PodSpec): string[] {
  const writable = [...initContainers, ...containers].filter((it) => !it.securityContext?.readOnlyRootFilesystem);
  return [
    ...(automountServiceAccountToken === false ? [] : ["has a service account's token"]),
    ...writable.map(({ name }) => `${name} may write to its root file system`),
  ];
}

/** A workload's pods. */
interface Template {
  readonly metadata: V1ObjectMeta;
  readonly spec: V1PodSpec;
}

function templates(objects: readonly Noted[]): Map<string, Template> {
  const workloads = objects.filter(({ kind }) => kind === "Deployment" || kind === "StatefulSet");
  return new Map(workloads.map(({ manifest }) => [manifest.metadata.name, manifest.spec.template as unknown as Template]));
}

function podsOf(objects: readonly Noted[]): Map<string, V1PodSpec> {
  return new Map([...templates(objects)].map(([name, { spec }]) => [name, spec]));
}

const templatesOf = async (settings: Readonly<Record<string, string>>) => templates((await objectsOfStack(settings)).objects);

const every = { redisReplicas: "3", monitoring: "on", jaegerStorage: "5Gi" };

describe("pods of a stack", () => {
  for (const [gateway, profile, exceptions] of [
    ["standin", "restricted", []],
    // Its image starts as root.
    ["plano", "baseline", ["gateway may write to its root file system"]],
  ] as const) {
    it(`are ${profile}, read-only and without a token, but for what the gateway ${gateway} needs: ${exceptions.join()}`, async () => {
      const { objects } = await objectsOfStack(every, { gateway });
      const labels = objects.find(({ kind }) => kind === "Namespace")?.manifest.metadata.labels;
      assert.equal(labels?.["pod-security.kubernetes.io/enforce"], profile);
      const pods = podsOf(objects);
      assert.deepEqual([...pods.keys()].sort(), ["jaeger", "llm-stub", "plano", "redis", "redis-exporter", "redis-proxy"]);
      for (const [name, spec] of pods) assert.deepEqual(lax(spec), name === "plano" ? exceptions : [], name);
    });
  }

  it("have memory that is bounded, and say when they are ready and that they are alive", async () => {
    for (const [name, { initContainers = [], containers }] of podsOf((await objectsOfStack(every)).objects)) {
      for (const { resources: { requests, limits } = {} } of [...initContainers, ...containers])
        assert.ok(requests?.["cpu"] && requests["memory"] && limits?.["memory"], name);
      for (const { startupProbe, readinessProbe, livenessProbe } of containers)
        assert.ok(name === "redis-exporter" ? readinessProbe : startupProbe && readinessProbe && livenessProbe, name);
    }
  });

  it("take what the user wants of them, and keep what they need", async () => {
    const wishes = {
      resources: { requests: { cpu: "7m" }, limits: { cpu: "2" } },
      nodeSelector: { disk: "ssd" },
      tolerations: [{ key: "llm", operator: "Exists" }],
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } } },
      priorityClassName: "critical",
      annotations: { "sidecar.istio.io/inject": "false" },
      labels: { team: "llm" },
    };
    const parts = ["gateway", "redis", "haproxy", "jaeger", "stub", "exporter"];
    const wanted = { ...every, pods: JSON.stringify(Object.fromEntries(parts.map((part) => [part, wishes]))) };
    const [plain, changed] = [await templatesOf(every), await templatesOf(wanted)];
    assert.equal(changed.size, parts.length);
    for (const [name, { metadata, spec }] of changed) {
      const { metadata: before, spec: needed } = plain.get(name) ?? assert.fail(name);
      const { resources, annotations, labels, ...scheduling } = wishes;
      const [main, ...others] = needed.containers;
      const { requests, limits } = main?.resources ?? {};
      assert.deepEqual(metadata, {
        labels: { ...labels, ...before.labels },
        annotations: { ...annotations, ...before.annotations },
      });
      assert.deepEqual(spec, {
        ...needed,
        ...scheduling,
        affinity: { ...needed.affinity, ...scheduling.affinity },
        containers: [
          {
            ...main,
            resources: { requests: { ...requests, ...resources.requests }, limits: { ...limits, ...resources.limits } },
          },
          ...others,
        ],
      });
    }
  });

  it("run images of a mirror, but for parts that have images of their own", async () => {
    const settings = { ...every, imageMirror: "r.example.com/hub", images: '{"jaeger":"mine/jaeger:1"}' };
    const own: { readonly [name: string]: RegExp } = { jaeger: /^mine\/jaeger:1$/, plano: /^gateway:1$/, "llm-stub": /^stub:1$/ };
    for (const [name, { initContainers = [], containers }] of podsOf((await objectsOfStack(settings)).objects))
      for (const { image } of [...initContainers, ...containers])
        assert.match(image ?? "", own[name] ?? /^r\.example\.com\/hub\/\w/, name);
  });

  it("all name the Secret with which images are pulled, where there is one", async () => {
    const imagePullConfig = '{"auths":{"r.example.com":{"auth":"dTpw"}}}';
    const { objects } = await objectsOfStack({ ...every, imagePullConfig });
    for (const [name, pod] of podsOf(objects)) assert.deepEqual(pod.imagePullSecrets, [{ name: "plano-pull" }], name);
  });
});
