import { projectName, stackName } from "../../clusters/project-name";
import { type CommandError, run } from "../../lib/command";
import { silentProgress } from "../../lib/progress";
import { findTool } from "../../sandbox/toolchain/ensure";
import { tools } from "../../sandbox/toolchain/tools";
import type { Report } from "../../verify";
import { safeUrl } from "../../verify/common/safe-url";
import { projectFolder } from "../main";
import { pulumiEnvironment, type PulumiEnvironment } from "../pulumi-environment";

/** The stack output `affinity`, as far as it is shown: from a report of the verifier. */
export interface AffinityOutput extends Pick<Report, "verdict" | "reason"> {
  readonly gateway?: string;
  readonly replicas: readonly string[];
  readonly sessions: readonly Pick<Report["sessions"][number], "id" | "verdict" | "model" | "replicas">[];
  readonly checks: readonly Pick<Report["checks"][number], "id" | "verdict">[];
  readonly traces?: { readonly first: string; readonly later: string };
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

type Pulumi = Pick<PulumiEnvironment, "pulumi" | "env">;

/** Looks for the stack of this checkout: `dev`, unless PULUMI_STACK names another. Never builds a tool. */
export async function stackOfCheckout(signal: AbortSignal): Promise<{ readonly name: string } & FoundStack> {
  const name = stackName();
  const pulumi = (await findTool(tools.pulumi)) && (await pulumiEnvironment(silentProgress, signal));
  return { name, ...(await findStack(name, projectFolder, pulumi, signal)) };
}

/** A stack, undefined where there is none of that name, and where it was looked for. */
interface FoundStack {
  readonly stack: StackFacts | undefined;
  readonly where: string;
}

/** What Pulumi keeps as an output that depends on what `pulumi up --target` left out. Source: Pulumi 3.230. */
const unknownOutput = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/**
 * Looks for a stack of a checkout. @param pulumi undefined where this machine has none, and so cannot have made a stack
 * @throws Error when Pulumi fails, without anything secret
 */
export async function findStack(
  name: string,
  folder: string,
  pulumi: Pulumi | undefined,
  signal: AbortSignal,
): Promise<FoundStack> {
  if (pulumi === undefined) return { stack: undefined, where: folder };
  const where = backendOf(pulumi.env);
  const ask = async <T>(...args: string[]): Promise<T> =>
    JSON.parse(await pulumiText(pulumi, folder, ["stack", ...args, "--json", "--stack", name], signal)) as T;
  try {
    const [outputs, history] = await Promise.all([
      ask<StackOutputs>("output", "--show-secrets"),
      ask<StackChange[]>("history", "--page-size", "20"),
    ]);
    const known = Object.fromEntries(Object.entries(outputs).filter(([, value]) => value !== unknownOutput));
    return { stack: { name, project: projectName(folder), outputs: known, history }, where };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (reason.includes("no stack named")) return { stack: undefined, where };
    throw new Error(`the stack ${name} in ${where} cannot be read: ${reason}`, { cause: error });
  }
}

/** Where stacks are kept, without credentials. */
export function backendOf({ PULUMI_BACKEND_URL: url = "" }: NodeJS.ProcessEnv): string {
  if (url === "") return "the backend that Pulumi is logged in to";
  return URL.canParse(url) ? safeUrl(url) : "the backend of PULUMI_BACKEND_URL";
}

/** Runs Pulumi for what it prints, which may be secret. @throws Error with what it said on standard error */
export async function pulumiText(by: Pulumi, cwd: string, args: readonly string[], signal: AbortSignal): Promise<string> {
  const options = { cwd, env: by.env, signal, isSecret: true };
  return run(by.pulumi, [...args, "--non-interactive"], options).catch((error: unknown) => {
    const { output = "", exitCode } = error as Partial<CommandError>;
    if (output === "" && typeof exitCode !== "number") throw error;
    throw new Error(output === "" ? `pulumi ${args.slice(0, 2).join(" ")} ended with ${exitCode}` : output.trim());
  });
}

/** Pure: a setting as the latest update had it. */
export function settingOf({ project, history }: StackFacts, key: string): string | undefined {
  return history.find(({ kind }) => kind === "update")?.config?.[`${project}:${key}`]?.value;
}

/** Pure: why there is nothing to show, where, and what to do. */
export function nothingUp(name: string, where: string, facts: StackFacts | undefined): string {
  if (facts === undefined) return `there is no stack ${name} in ${where}\n→ npm start makes it, or PULUMI_STACK names another`;
  const [latest] = facts.history;
  const last = latest === undefined ? "it was never up" : `its last ${latest.kind} ${latest.result ?? "has not ended"}`;
  return `the stack ${name} in ${where} has nothing to show: ${last}\n→ npm start brings it up`;
}
