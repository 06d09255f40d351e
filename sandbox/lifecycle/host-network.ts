import { networkInterfaces } from "node:os";
import { run } from "../common/command";
import { networkOf, type NodeNetwork } from "../node/spec";

/** The machine's end of a sandbox's link. */
export function linkName(index: number): string {
  return `plano${index}`;
}

/** The first index whose addresses nobody on this machine uses, and that no other sandbox has. */
export function freeIndex(taken: ReadonlySet<number>, addresses = machineAddresses()): number {
  for (let index = 0; index < 256; index++) {
    const network = `${networkOf(index).hostAddress.split(".").slice(0, 3).join(".")}.`;
    if (!taken.has(index) && !addresses.some((it) => it.startsWith(network))) return index;
  }
  throw new Error(
    "no address range is left for another sandbox: 10.231.0.0/16 is in use; destroy a stack that is no longer needed",
  );
}

function machineAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((it) => it ?? [])
    .map((it) => it.address);
}

/**
 * Connects the node's network namespace with the machine's: one interface, one address, nothing else. Both ends go
 * when the namespace goes.
 */
export async function connectNode(ip: string, index: number, network: NodeNetwork, pid: number): Promise<void> {
  const link = linkName(index);
  await removeLink(ip, index);
  await run(ip, ["link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", String(pid)]);
  await run(ip, ["address", "add", `${network.hostAddress}/${network.linkPrefix}`, "dev", link]);
  await run(ip, ["link", "set", link, "up"]);
}

/** Removes the machine's end where a namespace that is going has not yet taken it along. */
export async function removeLink(ip: string, index: number): Promise<void> {
  if (!(linkName(index) in networkInterfaces()) && !(await exists(ip, index))) return;
  await run(ip, ["link", "delete", linkName(index)]).catch(async (error: unknown) => {
    if (await exists(ip, index)) throw error;
  });
}

async function exists(ip: string, index: number): Promise<boolean> {
  return run(ip, ["link", "show", linkName(index)]).then(
    () => true,
    () => false,
  );
}
