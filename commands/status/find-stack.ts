import { projectName } from "../../clusters/project-name";
import { safeUrl } from "../../verify/common/safe-url";
import { pulumiText } from "./pulumi-text";
import { readStack, type StackFacts } from "./stack";

/** How a stack is looked for. */
export interface StackSearch {
  readonly name: string;
  /** The checkout. */
  readonly folder: string;
  /** Pulumi, as this project starts it; undefined where it is not on this machine yet. */
  readonly pulumi: { readonly pulumi: string; readonly env: NodeJS.ProcessEnv } | undefined;
  readonly signal: AbortSignal;
}

/** The stack, and where it was looked for. */
export interface FoundStack {
  readonly stack: StackFacts | undefined;
  readonly where: string;
}

/** @throws Error when Pulumi cannot tell, without anything secret */
export async function findStack({ name, folder, pulumi, signal }: StackSearch): Promise<FoundStack> {
  // Without Pulumi this machine cannot have made one.
  if (pulumi === undefined) return { stack: undefined, where: folder };
  const where = backendOf(pulumi.env);
  const ask = (args: readonly string[]): Promise<string> => pulumiText({ ...pulumi, folder }, args, signal);
  try {
    return { stack: await readStack({ name, project: projectName(folder), pulumi: ask }), where };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`the stack ${name} in ${where} cannot be read: ${reason}`, { cause: error });
  }
}

/** Where stacks are kept, without credentials. */
export function backendOf({ PULUMI_BACKEND_URL: url }: NodeJS.ProcessEnv): string {
  if (url === undefined) return "the backend that Pulumi is logged in to";
  return URL.canParse(url) ? safeUrl(url) : "the backend of PULUMI_BACKEND_URL";
}
