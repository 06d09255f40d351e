import { mkdtemp, writeFile } from "node:fs/promises";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { FakeApiServer } from "./fake-api-server";
import { type FakeNode, KindMachine } from "./kind-machine";
const project = "plano-affinity";
const variants: readonly Readonly<Record<string, string>>[] = [
  { gateway: "standin", image: "registry.example.com/standin:1" },
  { gateway: "standin", jaegerStorage: "5Gi", storageClass: "fast", drainSeconds: "600" },
  { gateway: "plano", upstream: "stub", redisPassword: "abcABC123abcABC123abc" },
  { OPENAI_API_KEY: "sk-test", gateway: "plano", imagePullConfig: '{"auths":{"registry.example.com":{"auth":"dTpw"}}}' },
  { OPENAI_API_KEY: "sk-test", ingress: '{"kind":"Ingress","host":"llm.example.com"}' },
  { OPENAI_API_KEY: "sk-test", ingress: '{"kind":"HTTPRoute","host":"llm.example.com","className":"envoy"}' },
  {
    OPENAI_API_KEY: "sk-test",
    ingress: '{"kind":"HTTPRoute","host":"llm.example.com","gateway":"infra/public"}',
    monitoring: "on",
    redisReplicas: "3",
  },
  { OPENAI_API_KEY: "sk-test", createNamespace: "false", namespace: "there", serviceType: "ClusterIP" },
  { OPENAI_API_KEY: "sk-test", metricsServer: "install", serviceType: "NodePort", planoVersion: "0.4.32" },
  { OPENAI_API_KEY: "sk-test", redisReplicas: "3", minReplicas: "3", redisMaxMemory: "1gb", redisStorage: "3Gi" },
  {
    OPENAI_API_KEY: "sk-test",
    redisUrl: "rediss://user:secret@redis.example.com:6380/0",
    monitoring: "on",
    imagePullConfig: '{"auths":{"registry.example.com":{"auth":"dTpw"}}}',
  },
];
describe("snap", function () {
  this.timeout(100_000);
  it("writes", async () => {
    const folder = await mkdtemp(join(tmpdir(), "plano-affinity-plan-"));
    await using api = await FakeApiServer.start();
    api.answers.set("/apis/metrics.k8s.io/v1beta1", {});
    api.answers.set("/apis/storage.k8s.io/v1/storageclasses", {
      items: [
        { metadata: { name: "standard", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } } },
        { metadata: { name: "fast" } },
      ],
    });
    api.answers.set("/api/v1/namespaces/there", { metadata: { name: "there" } });
    api.answers.set("/apis/gateway.networking.k8s.io/v1", {});
    api.answers.set("/apis/monitoring.coreos.com/v1", {});
    api.answers.set("/api/v1/services", { items: [] });
    const file = join(folder, "kubeconfig");
    await writeFile(file, api.kubeconfig());
    process.env.KUBECONFIG = file;
    process.env.PULUMI_CONFIG_SECRET_KEYS = JSON.stringify(
      ["OPENAI_API_KEY", "redisUrl", "imagePullConfig", "redisPassword"].map((it) => `${project}:${it}`),
    );
    const out: unknown[] = [];
    for (const v of variants)
      out.push(
        v,
        JSON.parse(
          JSON.stringify(await register(new Map(Object.entries({ cluster: "existing", ...v })))).replaceAll(api.url, "URL"),
        ),
      );
    const theirs: FakeNode = { cluster: "plano-demo", id: "theirs", running: true, ports: {} };
    await using machine = await KindMachine.make([theirs]);
    await machine.set({ kubeconfig: api.kubeconfig() });
    Object.assign(process.env, machine.env);
    out.push(
      "kind",
      JSON.parse(
        JSON.stringify(await register(new Map(Object.entries({ cluster: "kind", gateway: "standin" }))))
          .replaceAll(api.url, "URL")
          .replaceAll(/[0-9a-f]{16}/g, "HEX"),
      ),
    );
    writeFileSync(process.env.SNAP ?? "/tmp/snap.json", JSON.stringify(out, null, 1));
  });
});
async function register(values: ReadonlyMap<string, string>): Promise<unknown[]> {
  const made: Record<string, unknown>[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        const clean = type.includes("dynamic")
          ? Object.fromEntries(Object.entries(inputs).filter(([k]) => k !== "__provider" && k !== "kubeconfig"))
          : type.startsWith("pulumi:providers")
            ? {}
            : inputs;
        made.push({ at: `${type} ${name}`, inputs: JSON.parse(JSON.stringify(clean)) });
        const result = type.startsWith("random:") ? { result: "mocked", hex: "mocked-hex" } : {};
        const spec = type.endsWith(":Service") ? { spec: { ...inputs.spec, clusterIP: "10.0.0.7" } } : {};
        return { id: `${name}-id`, state: { ...inputs, ...result, ...spec, status: {} } };
      },
      call: ({ inputs }) => inputs as object,
    },
    project,
    "test",
    false,
  );
  pulumi.runtime.setAllConfig(
    Object.fromEntries([...values].map(([key, value]) => [`${project}:${key}`, value])),
    [...values.keys()].filter((key) => /KEY|Url|Pull|Password/.test(key)).map((key) => `${project}:${key}`),
  );
  process.env.PULUMI_CONFIG = "{}";
  const program = require("../../../index") as () => Promise<pulumi.Inputs>;
  const warn = console.error;
  pulumi as unknown as {};
  const real = globalThis.fetch;
  process.env.PLANO_NO = "1";
  const enabled = new Map(values).set("proof", '{"enabled":false}');
  pulumi.runtime.setAllConfig(
    Object.fromEntries([...enabled].map(([key, value]) => [`${project}:${key}`, value])),
    [...enabled.keys()].filter((key) => /KEY|Url|Pull|Password/.test(key)).map((key) => `${project}:${key}`),
  );
  await pulumi.runtime.runInPulumiStack(program);
  void warn;
  void real;
  return made.sort((a, b) => (String(a["at"]) < String(b["at"]) ? -1 : 1));
}
