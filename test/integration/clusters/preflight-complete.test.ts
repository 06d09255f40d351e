import { strict as assert } from "node:assert";
import * as pulumi from "@pulumi/pulumi";
import { fitApiServer } from "../../../clusters/testing/preflight-facts";
import { planOf } from "../../../components/check-existing";
import { type Manifest, type Spec, unwrap } from "../../../components/testing/pulumi-mocks";
import type { FakeApiServer } from "../../../lib/kubernetes/testing/fake-api-server";
import { Scratch } from "../../../lib/testing/scratch";
import { loadSettings, settleByCluster } from "../../../settings";
import { KindMachine, others } from "./kind-machine";

/** A Kubernetes object that the program registers. */
type Registered = Partial<Manifest> & { readonly apiVersion?: string; readonly kind?: string };

const project = "plano-affinity";
const secretKeys = new Set(["OPENAI_API_KEY", "redisUrl", "imagePullConfig"]);

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
  // One that is joined. Nothing is bundled there: the image is built and loaded.
  { cluster: "kind", gateway: "standin" },
];

describe("the plan of preflight", function () {
  this.timeout(60_000);
  let api: FakeApiServer;
  let scratch: Scratch;

  before(async () => {
    scratch = await Scratch.make(process.env.PATH);
    api = await fitApiServer();
    api.answers.set("/api/v1/namespaces/there", { metadata: { name: "there" } });
    api.serve("gateway.networking.k8s.io/v1", "Gateway/gateways HTTPRoute/httproutes");
    process.env.KUBECONFIG = await scratch.file("kubeconfig", api.kubeconfig());
    process.env.PULUMI_CONFIG_SECRET_KEYS = JSON.stringify([...secretKeys].map((it) => `${project}:${it}`));
  });

  beforeEach(() => {
    api.answers.set("/api/v1/services", { items: [] });
    api.answers.delete("/api/v1/namespaces/plano-demo");
  });

  after(async () => {
    await api?.[Symbol.asyncDispose]();
    await scratch[Symbol.asyncDispose]();
  });

  /** A machine with a kind cluster of the stack's name that somebody else made. */
  const joinedKind = async (): Promise<KindMachine> => {
    const machine = await KindMachine.make([{ ...others, cluster: "plano-demo" }]);
    await machine.set({ kubeconfig: api.kubeconfig() });
    return machine;
  };

  for (const variant of variants) {
    const title = Object.entries(variant).map(([key, value]) => `${key}=${secretKeys.has(key) ? "…" : value}`);
    it(`holds exactly what the program makes, and marks as its own: ${title.join(", ")}`, async () => {
      const values = new Map(Object.entries({ cluster: "existing", ...variant }));
      const kind = values.get("cluster") === "kind" ? "kind" : "existing";
      await using _ = kind === "kind" ? await joinedKind() : undefined;
      const made = await register(values);
      for (const { metadata } of made)
        assert.equal(metadata?.annotations?.["plano-affinity/stack"], "mocked-hex", `${metadata?.name} carries no mark`);
      // The resource of a cluster that is to be started again says nothing in a preview.
      if (kind === "kind") assert.equal(clusterIdentifier, "theirs");
      const settings = loadSettings({ values, secretKeys });
      const { manifests } = planOf(settings, settleByCluster(settings, kind, true), kind, undefined);
      assert.deepEqual(namesOf(manifests), namesOf(made), "the plan and the objects of the program differ");
      assert.equal(namesOf(made).includes("v1 Service plano-demo jaeger-ui"), kind === "kind");
      for (const { kind: objectKind, metadata, spec } of manifests as readonly Registered[]) {
        const pod = spec?.template?.spec;
        if (pod === undefined) continue;
        const real = made.find((it) => it.kind === objectKind && it.metadata?.name === metadata?.name)?.spec;
        const facts = (it: Spec | undefined): unknown => {
          const { containers = [], initContainers = [], securityContext } = (it?.template.spec ?? {}) as Partial<Spec>;
          const claims = it?.volumeClaimTemplates as readonly { readonly spec: { readonly resources: object } }[] | undefined;
          return {
            resources: [...containers, ...initContainers].map(({ name, resources }) => [name, resources]),
            isRoot: (securityContext as { readonly runAsUser?: number } | undefined)?.runAsUser === 0,
            storage: claims?.map((claim) => claim.spec.resources),
          };
        };
        assert.deepEqual(facts(spec), facts(real), `${objectKind} ${metadata?.name}`);
      }
    });
  }

  it("finds what is somebody else's on a kind cluster that is joined", async () => {
    await using _ = await joinedKind();
    const ui = { metadata: { name: "jaeger-ui", namespace: "theirs" }, spec: { ports: [{ port: 1, nodePort: 31_686 }] } };
    const gateway = { metadata: { name: "plano", namespace: "theirs" }, spec: { ports: [{ port: 1, nodePort: 32_000 }] } };
    api.answers.set("/api/v1/services", { items: [ui, gateway] });
    api.answers.set("/api/v1/namespaces/plano-demo", { metadata: { name: "plano-demo" } });
    const values = new Map(Object.entries({ cluster: "kind", gateway: "standin", image: "registry.example.com/standin:1" }));
    await assert.rejects(register(values), ({ message }: Error) => {
      assert.match(message, /^3 things stand in the way on the cluster of context kind-plano-demo; nothing was made or changed/);
      assert.match(message, /\n {2}namespace: plano-demo exists and was not made by this stack/);
      assert.match(message, /\n {2}serviceType: port 32000 of the nodes is taken by the service theirs\/plano, and/);
      assert.match(message, /\n {2}cluster: port 31686 of the nodes is taken by the service theirs\/jaeger-ui, and/);
      return true;
    });
  });

  // What becomes of a stack whose context leads elsewhere is in test/scenarios/loopback/moved-context.test.ts.
  it("is not made where it cannot be seen whether the cluster is the one that the stack is on", async () => {
    const values = new Map(Object.entries({ cluster: "existing", OPENAI_API_KEY: "sk-test", context: "fake" }));
    api.answers.set("/api/v1/namespaces/plano-demo", 500);
    await assert.rejects(register(values, "https://old.example"), {
      message:
        `context: the stack is on the cluster at https://old.example, and whether that at ${api.url} is the same could not be seen.\n` +
        "  → run again when `kubectl --context fake --namespace plano-demo get all` answers: on another cluster everything would be made anew, and deleted where it is",
    });
    // Nothing to lose: the stack is made for the first time, or its cluster has the same address.
    assert.ok((await register(values, api.url)).length > 10);
  });
});

function namesOf(objects: readonly Pick<Registered, "apiVersion" | "kind" | "metadata">[]): string[] {
  return objects
    .map(({ apiVersion, kind, metadata }) => [apiVersion, kind, metadata?.namespace ?? "", metadata?.name].join(" "))
    .sort();
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
    [...values.keys()].filter((key) => secretKeys.has(key)).map((key) => `${project}:${key}`),
  );
  const program = require("../../../index") as () => Promise<pulumi.Inputs>;
  await pulumi.runtime.runInPulumiStack(program);
  return made.filter(({ kind }) => kind !== undefined).map((it) => JSON.parse(JSON.stringify(unwrap(it, "", []))) as Registered);
}
