import { strict as assert } from "node:assert";
import type { ClusterFacts, Trial } from "./facts";
import type { Plan } from "./plan";
import { quantity } from "../../lib/quantities";
import { facts, findings as judged, foundAs, inside, jaegerClaim, service, trial } from "../testing/preflight-facts";

const namespace = { seen: { metadata: { name: "demo" } } };

const findings = (changes: Partial<ClusterFacts>, wanted: Partial<Plan> = {}): string[] =>
  judged({ namespace, ...changes }, { createNamespace: false, manifests: inside(), ...wanted });

function quota(hard: Record<string, string>, used: Record<string, string> = {}, spec: object = {}): Partial<ClusterFacts> {
  return { quotas: { seen: [{ metadata: { name: "team" }, spec: { hard, ...spec }, status: { hard, used } }] } };
}

describe("preflight of a namespace with a quota", () => {
  it("passes where everything fits to the last pod", () => {
    // 2 gateways and a Redis; up to 5 gateways, and one more in a rollout.
    const hard = { pods: "7", "requests.cpu": "1550m", "requests.memory": "3136Mi", persistentvolumeclaims: "1" };
    assert.deepEqual(findings(quota(hard)), []);
  });

  it("names every amount that is short, with what is left", () => {
    const hard = { "requests.cpu": "1", memory: "1Gi", services: "5", "services.nodeports": "1" };
    const used = { "requests.cpu": "500m", services: "5" };
    assert.deepEqual(findings(quota(hard, used)), [
      "error quota: the stack does not fit into demo:\n" +
        "    quota team: requests.cpu 550m needed, 500m of 1 left\n" +
        "    quota team: memory 1088Mi needed, 1024Mi of 1Gi left\n" +
        "    quota team: services 1 needed, 0 of 5 left\n" +
        "    → ask for more, lower minReplicas, or pulumi config set namespace … for another one",
    ]);
  });

  it("counts load balancers and volumes", () => {
    const hard = { "services.loadbalancers": "0", "requests.storage": "2500Mi" };
    const [text] = findings(quota(hard), { manifests: [...inside(service("plano", "LoadBalancer")), jaegerClaim("2Gi")] });
    assert.match(text ?? "", /services.loadbalancers 1 needed, 0 of 0 left/);
    assert.match(text ?? "", /requests.storage 3072Mi needed, 2500Mi of 2500Mi left/);
    assert.deepEqual(findings(quota({ "services.loadbalancers": "0" })), []);
  });

  it("does not count again what is there already", () => {
    const used = { pods: "3" };
    assert.match(findings(quota({ pods: "3" }, used))[0] ?? "", /pods 3 needed, 0 of 3 left/);
    const there = foundAs("mine", "Deployment plano", "StatefulSet redis");
    assert.deepEqual(findings({ ...quota({ pods: "3" }, used), ...there }), []);
    // The API server counts those that run when another is tried.
    const message = 'pods "plano-x" is forbidden: exceeded quota: team, requested: pods=1, used: pods=3, limited: pods=3';
    const trials = [trial(there, "Deployment plano", "pod", { status: 403, message })];
    assert.deepEqual(findings({ ...quota({ pods: "3" }, used), ...there, trials }), []);
  });

  it("takes no notice of quotas for other pods", () => {
    assert.deepEqual(findings(quota({ pods: "0" }, {}, { scopes: ["BestEffort"] })), []);
    assert.deepEqual(findings(quota({ pods: "0" }, {}, { scopeSelector: { matchExpressions: [] } })), []);
    assert.equal(findings(quota({ pods: "0" }, {}, { scopes: ["NotTerminating"] })).length, 1);
  });

  it("warns where there is room now, but not for all replicas", () => {
    assert.deepEqual(findings(quota({ "requests.memory": "1200Mi" })), [
      "warning quota: demo has room for minReplicas, not for maxReplicas and a rollout:\n" +
        "    quota team: requests.memory 3136Mi needed, 1200Mi of 1200Mi left\n" +
        "    → ask for more, or lower maxReplicas",
    ]);
  });

  it("counts what the API server fills in, and side-cars", () => {
    const base = facts({}, inside());
    const containers = [{ name: "a", resources: { limits: { cpu: "4" } } }];
    const initContainers = [
      { name: "b", restartPolicy: "Always", resources: { limits: { cpu: "2" } } },
      { name: "c", resources: { limits: { cpu: "9" } } },
    ];
    const trials = [trial(base, "Deployment plano", "pod", { accepted: { spec: { containers, initContainers } } })];
    const [text] = findings({ ...quota({ "limits.cpu": "10" }), planned: base.planned, trials });
    assert.match(text ?? "", /limits.cpu 12000m needed, 10000m of 10 left/);
  });

  it("knows the units of Kubernetes", () => {
    assert.deepEqual(
      ["250m", "1.5", "1Gi", "2k", "1e3", "100M", "500u"].map(quantity),
      [0.25, 1.5, 1_073_741_824, 2_000, 1_000, 100_000_000, 0.0005],
    );
    assert.throws(() => quantity("many"), { message: '"many" is not a quantity' });
  });
});

describe("what preflight says of dry runs that were refused", () => {
  const base = facts({ namespace }, inside());
  const refused = (...trials: readonly Trial[]): string[] => findings({ planned: base.planned, trials });
  const pod = (name: string, message: string) =>
    trial(base, name, "pod", { status: 403, message: `pods "x" is forbidden: ${message}` });

  it("names anything else that is refused, such as what a webhook denies", () => {
    const message = 'admission webhook "policy.example.com" denied the request: no images from there';
    assert.deepEqual(refused(trial(base, "Deployment plano", "object", { status: 400, message })), [
      `error cluster: the API server refuses objects of the stack:\n    Deployment plano: ${message}\n` +
        "    → change what it names, or ask whoever runs the cluster",
    ]);
    assert.match(
      refused(pod("Deployment plano", "exceeded quota: hidden"))[0] ?? "",
      /^error quota: the API server refuses objects of the stack:\n {4}pods of Deployment plano: exceeded quota: hidden\n {4}→ ask for more/,
    );
  });

  it("leaves out what the rights tell, what the stack will make first, and what cannot be tried", () => {
    const cannot = 'User "me" cannot create resource "pods" in API group "" in the namespace "demo"';
    const later = 'error looking up service account demo/web: serviceaccount "web" not found';
    const noDryRun = 'admission webhook "x" does not support dry run';
    const going = "unable to create new content in namespace demo because it is being terminated";
    assert.deepEqual(refused(...[cannot, later, noDryRun, going].map((it) => pod("Deployment plano", it))), []);
    const unknown = { planned: base.planned[0] as Trial["planned"], what: "object", answer: { unknown: "no answer" } } as const;
    assert.deepEqual(refused(unknown), [
      "warning cluster: dry runs could not tell everything: no answer\n    → what is refused shows when the stack is made",
    ]);
  });

  it("leaves the Pod Security level of the stack's own namespace to the update", () => {
    const own = { seen: { metadata: { annotations: { "plano-affinity/stack": "mine" } } } };
    const trials = [pod("Deployment plano", "violates PodSecurity")];
    assert.deepEqual(findings({ namespace: own, planned: base.planned, trials }, { createNamespace: true }), []);
  });
});
