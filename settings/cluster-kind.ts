/** The kinds of cluster that a stack can end up on. */
export type ClusterKind = "kind" | "sandbox" | "existing";
