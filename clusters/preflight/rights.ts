import { groupOf, type Plan } from "./plan";

/** One thing that an account may do. */
export interface Right {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  /** Undefined: in the whole cluster. */
  readonly namespace: string | undefined;
}

/** Verbs for what the stack makes: it is applied on the server, watched until it is ready, and deleted. */
const makes = ["get", "list", "watch", "create", "patch", "delete"] as const;

/** What is read while the stack comes up, and what the proof needs to reach each replica. */
const reads: readonly { group: string; resource: string; subresource?: string; verbs: readonly string[] }[] = [
  { group: "", resource: "pods", verbs: ["get", "list", "watch"] },
  { group: "", resource: "pods", subresource: "log", verbs: ["get"] },
  // Clients ask by GET (WebSocket) or POST (SPDY), and newer API servers want the second for both.
  { group: "", resource: "pods", subresource: "portforward", verbs: ["get", "create"] },
  { group: "", resource: "events", verbs: ["get", "list", "watch"] },
  { group: "", resource: "persistentvolumeclaims", verbs: ["get", "list", "watch"] },
  { group: "apps", resource: "replicasets", verbs: ["get", "list", "watch"] },
  { group: "discovery.k8s.io", resource: "endpointslices", verbs: ["get", "list", "watch"] },
];

/** Every right that a plan needs, each once. */
export function rightsNeeded(plan: Pick<Plan, "namespace" | "objects">): Right[] {
  const made = plan.objects.flatMap((it) =>
    makes.map((verb): Right => ({ verb, group: groupOf(it), resource: it.resource, namespace: it.namespace })),
  );
  const read = reads.flatMap(({ verbs, ...what }) => verbs.map((verb): Right => ({ verb, ...what, namespace: plan.namespace })));
  const unique = new Map([...made, ...read].map((right) => [canI(right), right]));
  return [...unique.values()];
}

/** The command that asks for a right. */
export function canI({ verb, group, resource, subresource, namespace }: Right, context?: string): string {
  const type = group === "" ? resource : `${resource}.${group}`;
  return [
    `kubectl auth can-i ${verb} ${type}`,
    ...(subresource === undefined ? [] : [`--subresource=${subresource}`]),
    ...(namespace === undefined ? [] : [`--namespace ${namespace}`]),
    ...(context === undefined ? [] : [`--context ${context}`]),
  ].join(" ");
}

/** A rule of a Role, as Kubernetes writes it. */
export interface RoleRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** The rules that grant rights, those with the same group and verbs together. */
export function rulesFor(rights: readonly Right[]): RoleRule[] {
  const verbsOf = new Map<string, string[]>();
  for (const { verb, group, resource, subresource } of rights) {
    const key = JSON.stringify([group, subresource === undefined ? resource : `${resource}/${subresource}`]);
    verbsOf.set(key, [...(verbsOf.get(key) ?? []), verb]);
  }
  const rules = new Map<string, RoleRule>();
  for (const [key, verbs] of verbsOf) {
    const [group = "", resource = ""] = JSON.parse(key) as string[];
    const together = JSON.stringify([group, verbs]);
    const rule = rules.get(together) ?? { apiGroups: [group], resources: [], verbs };
    rules.set(together, { ...rule, resources: [...rule.resources, resource] });
  }
  return [...rules.values()];
}
