import { writeFile } from "node:fs/promises";
import { run } from "../../lib/command";
import { waitFor } from "../../lib/wait";
import type { NodeSpec } from "./spec";

/** The node's end of the link to the machine; the other end is made by the host side. */
const nodeInterface = "eth0";

/** Brings up the node's network once the host side has given it its end of the link. */
export async function setUpNetwork(spec: NodeSpec): Promise<void> {
  const ip = spec.tools["ip"] ?? "ip";
  const { nodeAddress, hostAddress, linkPrefix } = spec.network;
  await run(ip, ["link", "set", "lo", "up"]);
  await waitFor({ subject: `the node's interface ${nodeInterface}`, limitMs: 20_000, intervalMs: 20 }, () =>
    run(ip, ["link", "show", nodeInterface]),
  );
  await run(ip, ["address", "add", `${nodeAddress}/${linkPrefix}`, "dev", nodeInterface]);
  await run(ip, ["link", "set", nodeInterface, "up"]);
  await run(ip, ["route", "add", "default", "via", hostAddress]);
  await writeFile("/proc/sys/net/ipv4/ip_forward", "1");
}
