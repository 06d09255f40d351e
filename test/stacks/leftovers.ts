import type { Context } from "mocha";
import { skipBecause } from "../../lib/testing/skip";
import { listSandboxes } from "../../sandbox/lifecycle/registry";
import { removeSandbox } from "../../sandbox/lifecycle/sandbox";

/** Removes sandboxes of earlier runs of these tests that were cut off. @param isMeant by name; default: all of them */
export async function removeLeftovers(isMeant = (name: string): boolean => name.startsWith("e2e-")): Promise<void> {
  for (const it of await listSandboxes()) if (isMeant(it.name)) await removeSandbox(it);
}

/** Skips tests where a sandbox cannot run; else removes what cut-off runs have left. */
export async function needsSandbox(context: Context): Promise<void> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) skipBecause(context, "the sandbox needs Linux and root");
  await removeLeftovers();
}
