import { networkInterfaces } from "node:os";
import { run } from "../../lib/command";
import { networkOf, type NodeSpec } from "../node/spec";

/** The first index that no sandbox of this user has, and whose addresses are not in use on this machine, as by another user's. */
export function freeIndex(taken: ReadonlySet<number>, addresses?: readonly string[]): number {
  const inUse = addresses ?? Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map((it) => it.address));
  for (let index = 0; index < 256; index++) {
    const network = `${networkOf(index).hostAddress.split(".").slice(0, 3).join(".")}.`;
    if (!taken.has(index) && !inUse.some((it) => it.startsWith(network))) return index;
  }
  throw new Error(
    "no address range is left for another sandbox: 10.231.0.0/16 is in use; destroy a stack that is no longer needed",
  );
}

/** What of a sandbox its link is made of. */
type LinkSpec = Pick<NodeSpec, "name" | "id" | "index" | "network" | "tools">;

/**
 * Connects the node's network namespace with the machine's: one interface, one address, nothing else. Both ends go
 * when the namespace goes. The link's alias says whose it is: other sandboxes of this machine may be in another state
 * folder, of another user, and have the same index.
 */
export async function connectNode(spec: LinkSpec, pid: number): Promise<void> {
  const { ip, name: link } = linkOf(spec);
  await removeLink(spec);
  if ((await links(ip)).has(link)) throw taken(spec);
  await run(ip, ["link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", String(pid)]);
  await run(ip, ["link", "set", link, "alias", spec.id]);
  await run(ip, ["address", "add", `${spec.network.hostAddress}/${spec.network.linkPrefix}`, "dev", link]);
  await run(ip, ["link", "set", link, "up"]);
}

/** Removes the machine's end where a namespace that is going has not yet taken it along; never another sandbox's. */
export async function removeLink(spec: LinkSpec): Promise<void> {
  const { ip, name: link } = linkOf(spec);
  const isOurs = async (): Promise<boolean> => (await links(ip)).get(link) === spec.id;
  if (!(await isOurs())) return;
  await run(ip, ["link", "delete", link]).catch(async (error: unknown) => {
    if (await isOurs()) throw error;
  });
}

/** This machine's links, each with its alias. */
async function links(ip: string): Promise<Map<string, string | undefined>> {
  const all = JSON.parse(await run(ip, ["-json", "link", "show"])) as { readonly ifname: string; readonly ifalias?: string }[];
  return new Map(all.map((it) => [it.ifname, it.ifalias]));
}

function linkOf({ tools, index }: LinkSpec): { readonly ip: string; readonly name: string } {
  return { ip: tools["ip"] ?? "ip", name: `plano${index}` };
}

function taken(spec: LinkSpec): Error {
  return new Error(
    `the sandbox ${spec.name} cannot have ${spec.network.hostAddress}: another sandbox of this machine has it (link ${linkOf(spec).name}), whose state is in another folder.\n` +
      "Run `npm run pulumi -- destroy` there, or here: the next `up` makes this one anew, with other addresses.",
  );
}
