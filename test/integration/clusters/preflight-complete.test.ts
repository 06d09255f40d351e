import { strict as assert } from "node:assert";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { planOf } from "../../../components/check-existing";
import { loadSettings, settleByCluster } from "../../../settings";
import { FakeApiServer } from "../../../lib/kubernetes/testing/fake-api-server";
import { type FakeNode, KindMachine } from "./kind-machine";

interface Registered {
  readonly kind?: string;
  readonly apiVersion?: string;
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: {
    readonly volumeClaimTemplates?: readonly {
      readonly spec: { readonly resources: { readonly requests: { readonly storage: string } } };
    }[];
    readonly template?: {
      readonly spec: {
        readonly securityContext?: { readonly runAsUser?: number };
        readonly containers: readonly { readonly name: string; readonly resources?: object }[];
        readonly initContainers?: readonly { readonly name: string; readonly resources?: object }[];
      };
    };
  };
}

const project = "plano-affinity";

/** By what the program that ran last knows its cluster. */
let clusterIdentifier: unknown;

/** Everything that can change which objects there are; each value at least once, with the values that go with it. */
const variants: readonly Readonly<Record<string, string>>[] = [
  { gateway: "standin", image: "registry.example.com/standin:1" },
  { gateway: "standin" },
  { gateway: "plano", upstream: "stub" },
  { OPENAI_API_KEY: "sk-test", gateway: "plano", imagePullConfig: '{"auths":{"registry.example.com":{"auth":"dTpw"}}}' },
  { OPENAI_API_KEY: "sk-test", ingress: '{"kind":"Ingress","host":"llm.example.com"}' },
  { OPENAI_API_KEY: "sk-test", ingress: '{"kind":"HTTPRoute","host":"llm.example.com","className":"envoy"}' },
  { OPENAI_API_KEY: "sk-test", ingress: '{"kind":"HTTPRoute","host":"llm.example.com","gateway":"infra/public"}' },
  { OPENAI_API_KEY: "sk-test", createNamespace: "false", namespace: "there", serviceType: "ClusterIP" },
  { OPENAI_API_KEY: "sk-test", metricsServer: "install", serviceType: "NodePort" },
  { OPENAI_API_KEY: "sk-test", redisReplicas: "3", minReplicas: "3", redisMaxMemory: "1gb", redisStorage: "3Gi" },
  { OPENAI_API_KEY: "sk-test", redisUrl: "rediss://user:secret@redis.example.com:6380/0" },
];

describe("the plan of preflight", function () {
  this.timeout(60_000);
  let api: FakeApiServer;
  let folder: string;
  const before_ = { ...process.env };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "plano-affinity-plan-"));
    api = await FakeApiServer.start();
    api.answers.set("/apis/metrics.k8s.io/v1beta1", {});
    api.answers.set("/apis/storage.k8s.io/v1/storageclasses", {
      items: [{ metadata: { name: "standard", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } } }],
    });
    api.answers.set("/api/v1/namespaces/there", { metadata: { name: "there" } });
    api.serve("gateway.networking.k8s.io/v1", "Gateway/gateways HTTPRoute/httproutes");
    api.answers.set("/api/v1/services", { items: [] });
    const file = join(folder, "kubeconfig");
    await writeFile(file, api.kubeconfig());
    process.env.KUBECONFIG = file;
    process.env.PULUMI_CONFIG_SECRET_KEYS = JSON.stringify(
      ["OPENAI_API_KEY", "redisUrl", "imagePullConfig"].map((it) => `${project}:${it}`),
    );
  });

  after(async () => {
    for (const key of ["KUBECONFIG", "PULUMI_CONFIG_SECRET_KEYS"]) {
      if (before_[key] === undefined) delete process.env[key];
      else process.env[key] = before_[key];
    }
    await api[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  for (const variant of variants) {
    const title = Object.entries(variant).map(([key, value]) => `${key}=${/KEY|Url|Pull/.test(key) ? "…" : value}`);
    it(`holds exactly what the program makes: ${title.join(", ")}`, async () => {
      const values = new Map(Object.entries({ cluster: "existing", ...variant }));
      const made = await register(values);
      const settings = loadSettings({ values, secretKeys: new Set(["OPENAI_API_KEY", "redisUrl", "imagePullConfig"]) });
      const { manifests } = planOf(settings, settleByCluster(settings, "existing"), "existing", undefined);
      assert.deepEqual(namesOf(manifests), namesOf(made), "the plan and the objects of the program differ");
      for (const { kind, metadata, spec } of manifests as readonly Registered[]) {
        const template = spec?.template?.spec;
        if (template === undefined) continue;
        const real = made.find((it) => it.kind === kind && it.metadata?.name === metadata?.name)?.spec;
        const resources = (pod: typeof template | undefined) =>
          [...(pod?.containers ?? []), ...(pod?.initContainers ?? [])].map((it) => [it.name, it.resources]);
        assert.deepEqual(resources(template), resources(real?.template?.spec), `the containers of ${kind} ${metadata?.name}`);
        assert.equal(template.securityContext?.runAsUser === 0, real?.template?.spec.securityContext?.runAsUser === 0);
        const storage = (it: Registered["spec"]) => it?.volumeClaimTemplates?.[0]?.spec.resources.requests.storage;
        assert.equal(storage(spec), storage(real));
      }
    });
  }

  it("holds exactly what the program makes on a kind cluster that is joined", async () => {
    const theirs: FakeNode = { cluster: "plano-demo", id: "theirs", running: true, ports: {} };
    await using machine = await KindMachine.make([theirs]);
    await machine.set({ kubeconfig: api.kubeconfig() });
    await using _ = environment(machine.env);
    // Nothing is bundled there: the image is built and loaded.
    const values = new Map(Object.entries({ cluster: "kind", gateway: "standin" }));
    const made = await register(values);
    const settings = loadSettings({ values, secretKeys: new Set() });
    const { manifests } = planOf(settings, settleByCluster(settings, "kind", true), "kind", undefined);
    assert.deepEqual(namesOf(manifests), namesOf(made));
    assert.ok(namesOf(made).includes("v1 Service plano-demo jaeger-ui"));
    // The resource of a cluster that is to be started again says nothing in a preview.
    assert.equal(clusterIdentifier, "theirs");
    for (const { kind, metadata } of made)
      assert.equal(metadata?.annotations?.["plano-affinity/stack"], "mocked-hex", `${kind} ${metadata?.name} carries no mark`);
  });

  it("finds what is somebody else's on a kind cluster that is joined", async () => {
    const theirs: FakeNode = { cluster: "plano-demo", id: "theirs", running: true, ports: {} };
    await using machine = await KindMachine.make([theirs]);
    await machine.set({ kubeconfig: api.kubeconfig() });
    await using _ = environment(machine.env);
    const ui = { metadata: { name: "jaeger-ui", namespace: "theirs" }, spec: { ports: [{ port: 1, nodePort: 31_686 }] } };
    const gateway = { metadata: { name: "plano", namespace: "theirs" }, spec: { ports: [{ port: 1, nodePort: 32_000 }] } };
    api.answers.set("/api/v1/services", { items: [ui, gateway] });
    api.answers.set("/api/v1/namespaces/plano-demo", { metadata: { name: "plano-demo" } });
    try {
      const values = new Map(Object.entries({ cluster: "kind", gateway: "standin", image: "registry.example.com/standin:1" }));
      await assert.rejects(register(values), ({ message }: Error) => {
        assert.match(
          message,
          /^3 things stand in the way on the cluster of context kind-plano-demo; nothing was made or changed/,
        );
        assert.match(message, /\n {2}namespace: plano-demo exists and was not made by this stack/);
        assert.match(message, /\n {2}serviceType: port 32000 of the nodes is taken by the service theirs\/plano, and/);
        assert.match(message, /\n {2}cluster: port 31686 of the nodes is taken by the service theirs\/jaeger-ui, and/);
        return true;
      });
    } finally {
      api.answers.set("/api/v1/services", { items: [] });
      api.answers.delete("/api/v1/namespaces/plano-demo");
    }
  });

  it("is not made where the current context leads to another cluster than the one that the stack is on", async () => {
    const values = new Map(Object.entries({ cluster: "existing", OPENAI_API_KEY: "sk-test" }));
    await assert.rejects(register(values, "https://old.example"), {
      message:
        `context: the stack is on the cluster at https://old.example, and the current context fake leads to ${api.url}: ` +
        "it would be made anew there, and deleted where it is.\n" +
        "  → pulumi config set context … with the context that it is in; or, to move it, pulumi config set context fake",
    });
    assert.ok((await register(new Map([...values, ["context", "fake"]]), "https://old.example")).length > 10);
    assert.equal(clusterIdentifier, api.url);
  });

  it("is for the cluster that the stack is on, whatever its address is by now, where the stack's mark is found there", async () => {
    const values = new Map(Object.entries({ cluster: "existing", OPENAI_API_KEY: "sk-test" }));
    const namespace = "/api/v1/namespaces/plano-demo";
    api.answers.set(namespace, { metadata: { name: "plano-demo", annotations: { "plano-affinity/stack": "mocked-hex" } } });
    try {
      for (const named of [values, new Map([...values, ["context", "fake"]])]) {
        await register(named, "https://old.example");
        assert.equal(clusterIdentifier, "https://old.example");
      }
      api.answers.set(namespace, 500);
      await assert.rejects(register(new Map([...values, ["context", "fake"]]), "https://old.example"), {
        message:
          `context: the stack is on the cluster at https://old.example, and whether that at ${api.url} is the same could not be seen.\n` +
          "  → run again when `kubectl --context fake --namespace plano-demo get all` answers: on another cluster everything would be made anew, and deleted where it is",
      });
      // Nothing to lose: the stack is made for the first time, or its cluster has the same address.
      await register(new Map([...values, ["context", "fake"]]), api.url);
    } finally {
      api.answers.delete(namespace);
    }
  });

  it("marks every object as the stack's own", async () => {
    const made = await register(
      new Map(Object.entries({ cluster: "existing", OPENAI_API_KEY: "sk-test", metricsServer: "install" })),
    );
    assert.ok(made.length > 20);
    for (const { kind, metadata } of made)
      assert.equal(metadata?.annotations?.["plano-affinity/stack"], "mocked-hex", `${kind} ${metadata?.name} carries no mark`);
  });
});

function namesOf(objects: readonly Pick<Registered, "apiVersion" | "kind" | "metadata">[]): string[] {
  return objects
    .map(({ apiVersion, kind, metadata }) => [apiVersion, kind, metadata?.namespace ?? "", metadata?.name].join(" "))
    .sort();
}

/** Variables of the environment, until it is disposed of. */
function environment(variables: NodeJS.ProcessEnv): AsyncDisposable {
  const before = { ...process.env };
  Object.assign(process.env, variables);
  return {
    [Symbol.asyncDispose]: async () => {
      for (const name of Object.keys(variables)) delete process.env[name];
      Object.assign(process.env, before);
    },
  };
}

/**
 * Runs the whole program with mocks in the engine's place, as in a preview.
 *
 * @param keptServer the server that the stack's state names
 * @returns the Kubernetes objects
 */
async function register(values: ReadonlyMap<string, string>, keptServer?: string): Promise<readonly Registered[]> {
  const made: Registered[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        if (type.startsWith("kubernetes:") || type.startsWith("pulumi:kubernetes")) made.push(inputs as Registered);
        if (type === "pulumi:providers:kubernetes") ({ clusterIdentifier } = inputs as { clusterIdentifier?: unknown });
        const generated = { result: "mocked", hex: "mocked-hex", reference: "mocked-image" };
        const address = type.endsWith(":Service") ? { spec: { ...(inputs as Registered).spec, clusterIP: "10.0.0.1" } } : {};
        const kept = keptServer !== undefined && "keepers" in inputs ? { keepers: { server: keptServer } } : {};
        return { id: `${name}-id`, state: { ...(inputs as object), ...generated, ...address, ...kept, status: {} } };
      },
      call: ({ inputs }) => inputs as object,
    },
    project,
    "test",
    true,
  );
  pulumi.runtime.setAllConfig(
    Object.fromEntries([...values].map(([key, value]) => [`${project}:${key}`, value])),
    [...values.keys()].filter((key) => /KEY|Url|Pull/.test(key)).map((key) => `${project}:${key}`),
  );
  const program = require("../../../index") as () => Promise<pulumi.Inputs>;
  await pulumi.runtime.runInPulumiStack(program);
  return made.filter(({ kind }) => kind !== undefined).map((it) => JSON.parse(JSON.stringify(unwrap(it))) as Registered);
}

const secretSignature = "4dabf18193072939515e22adb298388d";

function unwrap(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unwrap);
  if (typeof value !== "object" || value === null) return value;
  const fields = value as Readonly<Record<string, unknown>>;
  if (secretSignature in fields) return unwrap(fields["value"]);
  return Object.fromEntries(Object.entries(fields).map(([key, child]) => [key, unwrap(child)]));
}
