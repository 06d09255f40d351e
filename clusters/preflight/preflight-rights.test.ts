import { strict as assert } from "node:assert";
import type { Planned } from "./facts";
import { canI, type Right, rightsNeeded } from "./rights";
import { documentedRole, manifest } from "../testing/preflight-facts";

/** All that a stack makes in its namespace, without extras: what the documented Role is for. */
const inRole = [
  "v1 ConfigMap configmaps",
  "v1 Secret secrets",
  "v1 Service services",
  "apps/v1 Deployment deployments",
  "apps/v1 StatefulSet statefulsets",
  "autoscaling/v2 HorizontalPodAutoscaler horizontalpodautoscalers",
  "policy/v1 PodDisruptionBudget poddisruptionbudgets",
  "networking.k8s.io/v1 NetworkPolicy networkpolicies",
].map((it): Omit<Planned, "live"> => {
  const [apiVersion = "", kind = "", resource = ""] = it.split(" ");
  return { manifest: manifest(apiVersion, kind, "plano"), resource, namespace: "demo" };
});

const inWords = ({ verb, group, resource, subresource }: Right): string =>
  `${verb} ${resource}${subresource === undefined ? "" : `/${subresource}`} of "${group}"`;

describe("the rights that a stack needs", () => {
  it("are those of the documented Role, no more and no less, each once", () => {
    const documented = documentedRole().rules.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource} of "${group}"`))),
    );
    const needed = rightsNeeded([...inRole, ...inRole], "demo");
    assert.deepEqual(needed.map(inWords).sort(), documented.sort());
    assert.ok(needed.every(({ namespace }) => namespace === "demo"));
  });

  it("are in the whole cluster for objects of the whole cluster", () => {
    const namespace = { manifest: manifest("v1", "Namespace", "demo"), resource: "namespaces", namespace: undefined };
    const lines = rightsNeeded([namespace], "demo").map((it) => canI(it, "blue"));
    assert.ok(lines.includes("kubectl auth can-i create namespaces --context blue"));
    assert.ok(lines.includes("kubectl auth can-i get pods --subresource=log --namespace demo --context blue"));
  });
});
