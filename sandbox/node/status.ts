/** What the node's supervisor tells the one who started it, one JSON object a line. */
export type NodeEvent = { readonly at: string } | { readonly ready: true } | { readonly failed: string };

/** What `status.json` holds: the supervisor's last word. */
export interface NodeStatus {
  readonly state: "running" | "ended";
  readonly reason?: string;
  /** Why network policies are not enforced; absent where they are. */
  readonly unenforced?: string;
}
