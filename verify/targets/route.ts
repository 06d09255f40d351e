import { isIPv4 } from "node:net";

/**
 * Pure: the gateway to which Linux sends packets for an IPv4 address; undefined when the address is on a local link,
 * has no route, or is not IPv4.
 * @param table content of /proc/net/route: a header line, then interface, destination, gateway, flags, …, mask (column
 *   8), all numbers in hexadecimal and in the byte order of the machine (little-endian wherever Node.js runs Kubernetes)
 */
export function gatewayTo(address: string, table: string): string | undefined {
  if (!isIPv4(address)) return undefined;
  const wanted = Buffer.from(address.split(".").map(Number)).readUInt32LE();
  const number = (hexadecimal = ""): number => parseInt(hexadecimal, 16);
  const [best] = table
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .map((columns) => ({ destination: number(columns[1]), gateway: number(columns[2]), mask: number(columns[7]) }))
    .filter(({ destination, mask }) => (wanted & mask) >>> 0 === destination)
    // Masks are nested: the one of more bits is the larger number.
    .sort((a, b) => b.mask - a.mask);
  if (best === undefined || best.gateway === 0) return undefined;
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(best.gateway);
  return bytes.join(".");
}
