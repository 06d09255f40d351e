import type { V1LabelSelector, V1NetworkPolicyPeer, V1NetworkPolicyPort } from "@kubernetes/client-node";
import assert from "node:assert/strict";
import type { Noted } from "./testing/pulumi-mocks";
import { objectsOfStack } from "./testing/stack-mocks";

/** A policy as manifests write it; the client's class has `_from`. */
interface PolicySpec {
  readonly podSelector: V1LabelSelector;
  readonly policyTypes: readonly string[];
  readonly ingress?: readonly { readonly from?: V1NetworkPolicyPeer[]; readonly ports?: V1NetworkPolicyPort[] }[];
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
  ["jaeger", 13_133, []],
  ["llm-stub", 8_080, gatewayOnly],
];

const three: Table = [
  ["redis", 6_379, ["gateway", "verifier", "redis", "proxy"]],
  ["redis", 26_379, ["redis"]],
  ["redis-proxy", 6_379, redisClients],
  ["redis-proxy", 8_404, []],
];
const monitored: Table = [
  ["plano", 9_092, pods],
  ["plano", 12_090, []],
  ["redis", 6_379, [...redisClients, "exporter"]],
  ["redis-exporter", 9_121, pods],
];

const stacks: readonly (readonly [config: Record<string, string>, table: Table, nodePortsAnswer?: false])[] = [
  [{}, usual],
  [{}, [["jaeger", 16_686, ["verifier"]]], false],
  [{ redisReplicas: "3" }, three],
  [{ monitoring: "on" }, monitored],
  [{ monitoring: "on", redisReplicas: "3" }, [["redis-proxy", 6_379, [...redisClients, "exporter"]]]],
];

describe("network policies of a stack", () => {
  for (const [config, table, nodePortsAnswer = true] of stacks) {
    describe(`with ${JSON.stringify(config)}${nodePortsAnswer ? "" : ", without node ports"}`, () => {
      let objects: readonly Noted[];
      before(async () => ({ objects } = await objectsOfStack(config, { nodePortsAnswer })));

      for (const [app, port, allowed] of table) {
        it(`let ${allowed.length === 0 ? "nobody" : allowed.join(", ")} reach ${app} at ${port}`, () => {
          const reaching = everybody.filter((who) => mayReach(policiesOf(objects, app), port, askers[who]));
          assert.deepEqual(new Set(reaching), new Set(allowed));
        });
      }

      it("are there for every pod", () => {
        const workloads = objects.filter(({ kind }) => kind === "Deployment" || kind === "StatefulSet");
        assert.ok(workloads.length >= 4);
        for (const { manifest } of workloads) policiesOf(objects, manifest.spec.template.metadata.labels?.app ?? "");
      });
    });
  }
});

function policiesOf(objects: readonly Noted[], app: string): PolicySpec[] {
  const policies = objects
    .filter(({ kind }) => kind === "NetworkPolicy")
    .map(({ manifest }) => manifest.spec as unknown as PolicySpec)
    .filter(({ podSelector }) => selects(podSelector, { app }));
  assert.ok(policies.length > 0, `${app} has no policy`);
  return policies;
}

/** Kubernetes networking/v1: policies add up; where one selects a pod, what none allows is refused. */
function mayReach(policies: readonly PolicySpec[], port: number, asker: Asker | undefined): boolean {
  return policies.some(({ policyTypes, ingress = [] }) => {
    assert.deepEqual(policyTypes, ["Ingress"]);
    return ingress.some(
      ({ from, ports = [] }) =>
        ports.some((it) => it.port === port && it.protocol === "TCP") &&
        (from === undefined || from.some((it) => isPeer(it, asker))),
    );
  });
}

function isPeer({ podSelector, namespaceSelector, ipBlock }: V1NetworkPolicyPeer, asker: Asker | undefined): boolean {
  assert.equal(ipBlock, undefined, "the test knows no address blocks");
  if (asker === undefined) return false;
  // The only selector of namespaces in use is that of all.
  if (namespaceSelector !== undefined) assert.deepEqual(namespaceSelector, {});
  if (namespaceSelector === undefined && !asker.inside) return false;
  return podSelector === undefined || selects(podSelector, asker.labels);
}

function selects({ matchLabels = {}, matchExpressions = [] }: V1LabelSelector, labels: Asker["labels"]): boolean {
  return (
    Object.entries(matchLabels).every(([name, value]) => labels[name] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      assert.equal(operator, "In", "the test knows no other operator");
      return values.includes(labels[key] ?? "");
    })
  );
}
