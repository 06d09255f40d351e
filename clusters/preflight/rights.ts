import { groupOf, type Manifest } from "../../lib/kubernetes/objects";

/** One thing that an account may do. */
export interface Right {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  /** Undefined: in the whole cluster. */
  readonly namespace: string | undefined;
}

/** An object of the plan, and how the API server serves its kind. */
export interface PlannedKind {
  readonly manifest: Manifest;
  /** In URLs and rights: `deployments`. */
  readonly resource: string;
  /** Undefined for an object of the whole cluster. */
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

/** Every right that the objects of a stack need, each once. @param inNamespace the stack's own */
export function rightsNeeded(planned: readonly PlannedKind[], inNamespace: string): Right[] {
  const made = planned.flatMap(({ manifest, resource, namespace }) =>
    makes.map((verb): Right => ({ verb, group: groupOf(manifest.apiVersion), resource, namespace })),
  );
  const read = reads.flatMap(({ verbs, ...what }) => verbs.map((verb): Right => ({ verb, ...what, namespace: inNamespace })));
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
