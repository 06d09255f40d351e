/** The stack output `affinity`, as far as it is shown. */
export interface AffinityOutput {
  readonly verdict: string;
  readonly reason: string | null;
  readonly gateway?: string;
  readonly replicas: readonly string[];
  readonly sessions: readonly { readonly verdict: string }[];
  readonly checks: readonly { readonly id: string; readonly verdict: string }[];
}

/** The stack's outputs. After `npm run down` only the kubeconfig is left. */
export interface StackOutputs {
  /** Secret. */
  readonly kubeconfig?: string;
  readonly namespace?: string;
  readonly affinity?: AffinityOutput;
  readonly gatewayUrl?: string;
  readonly gatewayHint?: string;
  readonly jaegerUrl?: string;
  readonly jaegerHint?: string;
}

/** One entry of `pulumi stack history --json`, the latest first (Pulumi 3.230). Values of secret settings are left out. */
export interface StackChange {
  readonly kind: string;
  readonly result?: string;
  readonly endTime?: string;
  readonly config?: { readonly [key: string]: { readonly value?: string } };
}

/** A stack that exists. */
export interface StackFacts {
  readonly name: string;
  /** The name of its project, the namespace of its settings. */
  readonly project: string;
  readonly outputs: StackOutputs;
  readonly history: readonly StackChange[];
}

/** What a stack is asked by. */
export interface StackQuestions {
  readonly name: string;
  readonly project: string;
  /** Runs Pulumi and returns what it prints. @throws Error with what it said */
  readonly pulumi: (args: readonly string[]) => Promise<string>;
}

/**
 * Reads a stack.
 * @returns undefined when there is no stack of that name
 * @throws Error when Pulumi cannot tell
 */
export async function readStack({ name, project, pulumi }: StackQuestions): Promise<StackFacts | undefined> {
  try {
    const [outputs, history] = await Promise.all([
      pulumi(["stack", "output", "--json", "--show-secrets", "--stack", name]),
      pulumi(["stack", "history", "--json", "--page-size", "20", "--stack", name]),
    ]);
    return { name, project, outputs: JSON.parse(outputs) as StackOutputs, history: JSON.parse(history) as StackChange[] };
  } catch (error) {
    if (String(error).includes("no stack named")) return undefined;
    throw error;
  }
}

/** Pure: a setting as the latest update had it. */
export function settingOf({ project, history }: StackFacts, key: string): string | undefined {
  return history.find(({ kind }) => kind === "update")?.config?.[`${project}:${key}`]?.value;
}

/** A stack that knows its cluster. */
export type StackOnCluster = StackFacts & { readonly outputs: { readonly kubeconfig: string } };

/** Pure: whether there is anything to look at. */
export function hasCluster(facts: StackFacts): facts is StackOnCluster {
  return facts.outputs.kubeconfig !== undefined;
}

/** Pure: whether something of the stack is on a cluster, as far as its outputs tell. */
export function isUp({ outputs }: StackFacts): boolean {
  return outputs.namespace !== undefined;
}

/**
 * Pure: the end of the update that brought a verdict. Only an update that succeeds can have brought a pass; one that fails
 * before its proof leaves an earlier pass where it is.
 */
export function verdictTime({ history }: StackFacts, verdict: string): Date | undefined {
  const updates = history.filter(({ kind }) => kind === "update");
  const end = (verdict === "pass" ? updates.find(({ result }) => result === "succeeded") : updates[0])?.endTime;
  const at = new Date(end ?? "");
  return Number.isNaN(at.getTime()) ? undefined : at;
}

/** Pure: in one or two lines why there is nothing to show, where, and what to do. */
export function nothingUp(name: string, where: string, facts: StackFacts | undefined): string {
  if (facts === undefined) return `there is no stack ${name} in ${where}\n→ npm start makes it, or PULUMI_STACK names another`;
  const [latest] = facts.history;
  const last = latest === undefined ? "it was never up" : `its last ${latest.kind} ${latest.result ?? "has not ended"}`;
  return `the stack ${name} in ${where} has nothing to show: ${last}\n→ npm start brings it up`;
}
