import assert from "node:assert/strict";
import { objectsOfStack } from "./testing/stack-mocks";
import type { Noted } from "./testing/pulumi-mocks";

/** Parts of networking/v1 as manifests write them. */
interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] }[];
}
interface Peer {
  readonly podSelector?: Selector;
  readonly namespaceSelector?: Selector;
  readonly ipBlock?: object;
}
interface PolicySpec {
  readonly podSelector: Selector;
  readonly policyTypes: readonly string[];
  readonly ingress?: readonly {
    readonly from?: readonly Peer[];
    readonly ports?: readonly { readonly port: number; readonly protocol: string }[];
  }[];
}

/** Who asks: labels of the pod, and whether it is in the stack's namespace; undefined: from outside of the cluster. */
interface Asker {
  readonly labels: Readonly<Record<string, string>>;
  readonly inside: boolean;
}

const askers = {
  gateway: { labels: { app: "plano" }, inside: true },
  verifier: { labels: { "app.kubernetes.io/name": "plano-affinity-verify" }, inside: true },
  redis: { labels: { app: "redis" }, inside: true },
  proxy: { labels: { app: "redis-proxy" }, inside: true },
  exporter: { labels: { app: "redis-exporter" }, inside: true },
  stranger: { labels: { app: "stranger" }, inside: true },
  "namesake elsewhere": { labels: { app: "plano" }, inside: false },
  internet: undefined,
} satisfies Record<string, Asker | undefined>;

type Who = keyof typeof askers;
const everybody = Object.keys(askers) as Who[];
const pods = everybody.filter((who) => who !== "internet");

/** Workload, port → who may; nobody else. */
type Table = readonly (readonly [app: string, port: number, who: readonly Who[]])[];

const gatewayOnly = ["gateway"] as const;
const redisClients = ["gateway", "verifier"] as const;

const usual: Table = [
  ["plano", 12_000, everybody],
  ["plano", 9_092, []],
  ["plano", 12_090, []],
  ["redis", 6_379, redisClients],
  ["redis", 26_379, []],
  ["jaeger", 4_317, gatewayOnly],
  ["jaeger", 4_318, gatewayOnly],
  ["jaeger", 16_686, everybody],
  ["jaeger", 14_269, []],
  ["llm-stub", 8_080, gatewayOnly],
];

const stacks: readonly {
  readonly title: string;
  readonly config: Record<string, string>;
  readonly nodePortsAnswer?: false;
  readonly table: Table;
}[] = [
  { title: "as it is by itself", config: {}, table: usual },
  {
    title: "with a Redis of three",
    config: { redisReplicas: "3" },
    table: [
      ["redis", 6_379, ["gateway", "verifier", "redis", "proxy"]],
      ["redis", 26_379, ["redis"]],
      ["redis-proxy", 6_379, redisClients],
      ["redis-proxy", 8_404, []],
    ],
  },
  { title: "without node ports", config: {}, nodePortsAnswer: false, table: [["jaeger", 16_686, ["verifier"]]] },
  {
    title: "with monitoring",
    config: { monitoring: "on" },
    table: [
      ["plano", 9_092, pods],
      ["plano", 12_090, []],
      ["redis", 6_379, [...redisClients, "exporter"]],
      ["redis-exporter", 9_121, pods],
    ],
  },
  {
    title: "with monitoring and a Redis of three",
    config: { monitoring: "on", redisReplicas: "3" },
    table: [["redis-proxy", 6_379, [...redisClients, "exporter"]]],
  },
];

describe("network policies of a stack", () => {
  for (const { title, config, nodePortsAnswer = true, table } of stacks) {
    describe(title, () => {
      let objects: readonly Noted[];
      before(async () => ({ objects } = await objectsOfStack(config, { nodePortsAnswer })));

      for (const [app, port, allowed] of table) {
        it(`let ${allowed.length === 0 ? "nobody" : allowed.join(", ")} reach ${app} at ${port}`, () => {
          assert.deepEqual(
            everybody.filter((who) => mayReach(objects, app, port, askers[who])),
            everybody.filter((who) => allowed.includes(who)),
          );
        });
      }

      it("are there for every pod", () => {
        const apps = objects
          .filter(({ kind }) => kind === "Deployment" || kind === "StatefulSet")
          .filter(({ manifest }) => manifest.metadata.namespace !== "kube-system")
          .map(({ manifest }) => manifest.spec.template.metadata.labels?.app ?? "");
        assert.ok(apps.length >= 4, apps.join());
        for (const app of apps) assert.ok(policiesOf(objects, app).length > 0, `${app} has no policy`);
      });
    });
  }
});

function policiesOf(objects: readonly Noted[], app: string): PolicySpec[] {
  return objects
    .filter(({ kind }) => kind === "NetworkPolicy")
    .map(({ manifest }) => manifest.spec as unknown as PolicySpec)
    .filter(({ podSelector }) => selects(podSelector, { app }));
}

/** Kubernetes networking/v1: policies add up; where one selects a pod, what none allows is refused. */
function mayReach(objects: readonly Noted[], app: string, port: number, asker: Asker | undefined): boolean {
  const policies = policiesOf(objects, app);
  assert.ok(policies.length > 0, `${app} has no policy`);
  return policies.some(({ policyTypes, ingress = [] }) => {
    assert.deepEqual(policyTypes, ["Ingress"]);
    return ingress.some(
      ({ from, ports = [] }) =>
        ports.some((it) => it.port === port && it.protocol === "TCP") &&
        (from === undefined || from.some((it) => isPeer(it, asker))),
    );
  });
}

function isPeer({ podSelector, namespaceSelector, ipBlock }: Peer, asker: Asker | undefined): boolean {
  assert.equal(ipBlock, undefined, "the test knows no address blocks");
  if (asker === undefined) return false;
  // The only selector of namespaces in use is that of all.
  if (namespaceSelector !== undefined) assert.deepEqual(namespaceSelector, {});
  if (namespaceSelector === undefined && !asker.inside) return false;
  return podSelector === undefined || selects(podSelector, asker.labels);
}

function selects({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Readonly<Record<string, string>>): boolean {
  return (
    Object.entries(matchLabels).every(([name, value]) => labels[name] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      assert.equal(operator, "In", "the test knows no other operator");
      return values.includes(labels[key] ?? "");
    })
  );
}
