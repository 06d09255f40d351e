/** A stack's state as `pulumi stack export` writes it, as far as it is read here. */
export interface ExportedStack {
  readonly deployment?: {
    readonly resources?: readonly { readonly type: string; readonly outputs?: { readonly [name: string]: unknown } }[];
  };
}

/**
 * The state without the outputs of a stack that was taken down: Pulumi keeps them, and an old pass would look like one of
 * now. Undefined where the stack is still there, or nothing is stale.
 */
export function withoutStaleOutputs(exported: ExportedStack): ExportedStack | undefined {
  const resources = exported.deployment?.resources ?? [];
  if (resources.some(({ type }) => type === "plano-affinity:index:Plano")) return undefined;
  const root = resources.find(({ type }) => type === "pulumi:pulumi:Stack");
  // The cluster stays.
  const kept = Object.entries(root?.outputs ?? {}).filter(([name]) => name === "kubeconfig");
  if (root === undefined || kept.length === Object.keys(root.outputs ?? {}).length) return undefined;
  const fixed = { ...root, outputs: Object.fromEntries(kept) };
  return {
    ...exported,
    deployment: { ...exported.deployment, resources: resources.map((it) => (it === root ? fixed : it)) },
  };
}
