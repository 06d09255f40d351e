import { listSandboxes } from "../../sandbox/lifecycle/registry";
import { removeSandbox } from "../../sandbox/lifecycle/sandbox";

/** Removes sandboxes of earlier runs of these tests that were cut off. */
export async function removeLeftovers(): Promise<void> {
  for (const it of await listSandboxes()) if (it.name.startsWith("e2e-")) await removeSandbox(it);
}
