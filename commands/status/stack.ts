import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { projectName } from "../../clusters/project-name";
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
  const name = process.env.PULUMI_STACK ?? "dev";
  const pulumi = (await findTool(tools.pulumi)) && (await pulumiEnvironment(silentProgress, signal));
  return { name, ...(await findStack(name, projectFolder, pulumi, signal)) };
}

/** A stack, undefined where there is none of that name, and where it was looked for. */
interface FoundStack {
  readonly stack: StackFacts | undefined;
  readonly where: string;
}

/**
 * Looks for a stack of the checkout in `folder`.
 *
 * @param pulumi undefined where there is no Pulumi on this machine, which then cannot have made a stack
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
    return { stack: { name, project: projectName(folder), outputs, history }, where };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (reason.includes("no stack named")) return { stack: undefined, where };
    throw new Error(`the stack ${name} in ${where} cannot be read: ${reason}`, { cause: error });
  }
}

/** Where stacks are kept, without credentials. */
export function backendOf({ PULUMI_BACKEND_URL: url }: NodeJS.ProcessEnv): string {
  if (url === undefined) return "the backend that Pulumi is logged in to";
  return URL.canParse(url) ? safeUrl(url) : "the backend of PULUMI_BACKEND_URL";
}

/** Longest output, in bytes: the output `affinity` lists every session. */
const outputLimit = 64 * 1024 * 1024;

/** Runs Pulumi for what it prints. @throws Error with what it said on standard error */
export async function pulumiText(
  { pulumi, env }: Pulumi,
  folder: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  try {
    const options = { cwd: folder, env, maxBuffer: outputLimit, signal };
    return (await promisify(execFile)(pulumi, [...args, "--non-interactive"], options)).stdout;
  } catch (error) {
    // Standard output may be secret.
    const { stderr = "", code } = error as { readonly stderr?: string; readonly code?: unknown };
    throw new Error(stderr.trim() === "" ? `pulumi ${args.slice(0, 2).join(" ")} ended with ${String(code)}` : stderr.trim());
  }
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
