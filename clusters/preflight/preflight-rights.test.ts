import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { canI, type RoleRule, rightsNeeded, rulesFor } from "./rights";
import { plannedObjects, type ObjectSettings } from "../../components/planned-objects";
import { noIngress } from "../../settings/ingress";

const settings: ObjectSettings = {
  namespace: "demo",
  createNamespace: false,
  minReplicas: 2,
  maxReplicas: 5,
  redisReplicas: 3,
  redisMaxMemory: "256mb",
  redisStorage: "1Gi",
  jaegerStorage: undefined,
  redisUrl: undefined,
  image: undefined,
  registry: undefined,
  imagePullConfig: undefined,
  ingress: noIngress,
  monitoring: undefined,
  gateway: "plano",
  needsStub: true,
  metricsServer: "cluster",
};

function each(rules: readonly RoleRule[]): string[] {
  return rules
    .flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource} of "${group}"`))),
    )
    .sort();
}

describe("the rights that a stack needs", () => {
  const needed = (changes: Partial<ObjectSettings> = {}) =>
    rightsNeeded({ namespace: "demo", objects: plannedObjects({ ...settings, ...changes }) });

  it("are those of the documented Role, no more and no less", () => {
    const text = readFileSync(join(__dirname, "..", "..", "docs", "existing-clusters.md"), "utf8");
    const block = /```yaml\n(apiVersion: rbac[^]*?)```/.exec(text)?.[1] ?? "";
    const { rules } = parse(block) as { readonly rules: readonly RoleRule[] };
    assert.deepEqual(each(rules), each(rulesFor(needed())));
  });

  it("are all in the namespace, unless the stack makes the namespace or a metrics-server", () => {
    const outside = (changes: Partial<ObjectSettings>): Set<string> =>
      new Set(needed(changes).flatMap((it) => (it.namespace === "demo" ? [] : [`${it.resource} in ${it.namespace ?? "all"}`])));
    assert.deepEqual(outside({}), new Set());
    assert.deepEqual(outside({ createNamespace: true }), new Set(["namespaces in all"]));
    assert.deepEqual(
      outside({ metricsServer: "install" }),
      new Set([
        "serviceaccounts in kube-system",
        "clusterroles in all",
        "rolebindings in kube-system",
        "clusterrolebindings in all",
        "services in kube-system",
        "deployments in kube-system",
        "apiservices in all",
      ]),
    );
  });

  it("are asked about once each", () => {
    const lines = needed().map((it) => canI(it));
    assert.equal(new Set(lines).size, lines.length);
    assert.ok(lines.includes("kubectl auth can-i create deployments.apps --namespace demo"));
    assert.ok(lines.includes("kubectl auth can-i get pods --subresource=log --namespace demo"));
  });

  it("are shown as the command that asks for them", () => {
    const right = { verb: "create", group: "", resource: "namespaces", namespace: undefined };
    assert.equal(canI(right, "blue"), "kubectl auth can-i create namespaces --context blue");
  });
});
