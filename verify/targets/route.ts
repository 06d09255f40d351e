/**
 * Pure: the gateway to which Linux sends packets for an IPv4 address; undefined when the address is on a local link,
 * has no route, or is not IPv4.
 * @param table content of /proc/net/route: a header line, then interface, destination, gateway, flags, …, mask (column
 *   8), all numbers in hexadecimal and in the byte order of the machine (little-endian wherever Node.js runs Kubernetes)
 */
export function gatewayTo(address: string, table: string): string | undefined {
  const wanted = toNumber(address);
  if (wanted === undefined) return undefined;
  let best: { readonly mask: number; readonly gateway: number } | undefined;
  for (const line of table.trim().split("\n").slice(1)) {
    const columns = line.trim().split(/\s+/);
    const [destination, gateway, mask] = [columns[1], columns[2], columns[7]].map(fromLittleEndianHex);
    if (destination === undefined || gateway === undefined || mask === undefined) continue;
    if ((wanted & mask) >>> 0 !== destination) continue;
    if (best === undefined || mask > best.mask) best = { mask, gateway };
  }
  return best === undefined || best.gateway === 0 ? undefined : toAddress(best.gateway);
}

function toNumber(address: string): number | undefined {
  const bytes = address.split(".").map(Number);
  if (bytes.length !== 4 || bytes.some((byte) => !Number.isInteger(byte) || byte < 0 || byte > 255)) return undefined;
  return Buffer.from(bytes).readUInt32BE();
}

function toAddress(number: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(number);
  return [...bytes].join(".");
}

function fromLittleEndianHex(text: string | undefined): number | undefined {
  return text !== undefined && /^[0-9A-F]{8}$/i.test(text) ? Buffer.from(text, "hex").readUInt32LE() : undefined;
}
