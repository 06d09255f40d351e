import { strict as assert } from "node:assert";
import { judge } from ".";
import type { ClusterFacts } from "./facts";
import { describeFinding } from "./finding";
import type { Plan } from "./plan";
import { show } from "./quantity";
import { quantity } from "../../lib/quantities";
import { facts, foundAs, plan } from "../testing/preflight-facts";

const inside = { createNamespace: false, objects: plan().objects.slice(1) };
const namespace = { seen: { metadata: { name: "demo" } } };

function findings(changes: Partial<ClusterFacts>, wanted: Partial<Plan> = {}): string[] {
  return judge(facts({ namespace, ...changes }), plan({ ...inside, ...wanted }))
    .filter(({ severity }) => severity !== "note")
    .map((it) => `${it.severity} ${describeFinding(it)}`);
}

function quota(hard: Record<string, string>, used: Record<string, string> = {}, spec: object = {}): Partial<ClusterFacts> {
  return { quotas: { seen: [{ metadata: { name: "team" }, spec: { hard, ...spec }, status: { hard, used } }] } };
}

function range(
  ...limits: NonNullable<NonNullable<Extract<ClusterFacts["limitRanges"], { seen: unknown }>["seen"][number]["spec"]>["limits"]>
) {
  return { limitRanges: { seen: [{ metadata: { name: "sizes" }, spec: { limits } }] } };
}

describe("preflight of a namespace with a quota", () => {
  it("passes where everything fits to the last pod", () => {
    // 2 gateways and a Redis; up to 5 gateways and one more in a rollout, and Redis' own second would be 2.
    const hard = {
      pods: "8",
      "requests.cpu": "2",
      "requests.memory": "4Gi",
      "count/deployments.apps": "1",
      persistentvolumeclaims: "2",
    };
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

  it("counts load balancers, and volumes by their class", () => {
    const hard = { "services.loadbalancers": "0", "fast.storageclass.storage.k8s.io/requests.storage": "500Mi" };
    const storageClasses = { seen: [{ provisioner: "x", metadata: { name: "fast" } }] };
    const wanted = { serviceType: "LoadBalancer", nodePort: undefined, storageClass: "fast" } as const;
    const [text] = findings({ ...quota(hard), storageClasses }, wanted);
    assert.match(text ?? "", /services.loadbalancers 1 needed, 0 of 0 left/);
    assert.match(text ?? "", /requests.storage 1024Mi needed, 500Mi of 500Mi left/);
    assert.deepEqual(findings(quota({ "services.loadbalancers": "0" })), []);
  });

  it("does not count again what is there already", () => {
    const used = { pods: "3" };
    assert.match(findings(quota({ pods: "3" }, used))[0] ?? "", /pods 3 needed, 0 of 3 left/);
    assert.deepEqual(
      findings({ ...quota({ pods: "3" }, used), ...foundAs("mine", "Deployment plano", "StatefulSet redis") }),
      [],
    );
  });

  it("takes no notice of quotas for other pods", () => {
    assert.deepEqual(findings(quota({ pods: "0" }, {}, { scopes: ["BestEffort"] })), []);
    assert.deepEqual(findings(quota({ pods: "0" }, {}, { scopeSelector: { matchExpressions: [] } })), []);
    assert.equal(findings(quota({ pods: "0" }, {}, { scopes: ["NotTerminating"] })).length, 1);
  });

  it("warns where there is room now, but not for all replicas", () => {
    assert.deepEqual(findings(quota({ "requests.memory": "1200Mi" })), [
      "warning quota: demo has room for minReplicas, not for maxReplicas and a rollout:\n" +
        "    quota team: requests.memory 3200Mi needed, 1200Mi of 1200Mi left\n" +
        "    → ask for more, or lower maxReplicas",
    ]);
  });

  it("names a quota on CPU limits, which the stack's containers do not have, unless the namespace gives them one", () => {
    const [text] = findings(quota({ "limits.cpu": "10" }));
    assert.match(
      text ?? "",
      /^error quota: team counts limits.cpu, and the stack's containers have none, so that none would start/,
    );
    assert.deepEqual(
      findings({ ...quota({ "limits.cpu": "10" }), ...range({ type: "Container", _default: { cpu: "500m" } }) }),
      [],
    );
    // As JSON has it.
    const asJson = { type: "Container", default: { cpu: "4" } };
    const [tooMuch] = findings({ ...quota({ "limits.cpu": "10" }), ...range(asJson) });
    assert.match(tooMuch ?? "", /limits.cpu 12000m needed, 10000m of 10 left/);
  });

  it("knows the units of Kubernetes", () => {
    assert.deepEqual(
      ["250m", "1.5", "1Gi", "2k", "1e3", "100M", "500u"].map(quantity),
      [0.25, 1.5, 1_073_741_824, 2_000, 1_000, 100_000_000, 0.0005],
    );
    assert.throws(() => quantity("many"), { message: '"many" is not a quantity' });
    assert.deepEqual([show(0.25, "cpu"), show(2 ** 29, "memory"), show(3, "pods")], ["250m", "512Mi", "3"]);
  });
});

describe("preflight of a namespace with limits", () => {
  const refused = (...limits: Parameters<typeof range>): string => findings(range(...limits))[0] ?? "";

  it("passes where every container is within them", () => {
    const container = { type: "Container", max: { memory: "2Gi", cpu: "1" }, min: { memory: "64Mi" } };
    assert.equal(refused(container, { type: "PersistentVolumeClaim", max: { storage: "1Gi" } }), "");
  });

  it("names the container that may take too much, or asks for too little", () => {
    assert.equal(
      refused({ type: "Container", max: { memory: "1Gi" }, min: { memory: "100Mi" } }),
      "error limits: these limits of demo refuse pods or volumes of the stack:\n" +
        "    LimitRange sizes on Deployment plano: container gateway may take more memory than the 1Gi allowed\n" +
        "    LimitRange sizes on StatefulSet redis: container redis asks for less memory than the 100Mi demanded\n" +
        "    → ask for other limits, or pulumi config set namespace … for another one",
    );
  });

  it("names a limit that a pod must have and does not", () => {
    assert.match(
      refused({ type: "Pod", max: { cpu: "1" } }),
      /StatefulSet redis: the pod has no limit of cpu, and at most 1 is allowed/,
    );
  });

  it("names a volume that is too large, or too small", () => {
    assert.match(
      refused({ type: "PersistentVolumeClaim", max: { storage: "500Mi" } }),
      /the volume may take more storage than the 500Mi/,
    );
    assert.match(
      refused({ type: "PersistentVolumeClaim", min: { storage: "2Gi" } }),
      /the volume asks for less storage than the 2Gi/,
    );
  });

  it("names a limit too far above the request", () => {
    assert.match(
      refused({ type: "Container", maxLimitRequestRatio: { memory: "4" } }),
      /redis: the memory limit of container redis is more than 4 times/,
    );
    assert.doesNotMatch(refused({ type: "Container", maxLimitRequestRatio: { memory: "4" } }), /gateway/);
  });
});
