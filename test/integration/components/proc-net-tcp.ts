/** A table of established connections as Linux 6.1 writes it to /proc/net/tcp. */
export function procNetTcp(
  connections: readonly { readonly port: number; readonly address?: string; readonly retransmits?: number }[],
): string {
  const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, "0");
  const header = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
  const lines = connections.map(({ port, address = "0100007F", retransmits = 0 }, index) => {
    const ends = `0100007F:${hex(40_000 + index, 4)} ${address}:${hex(port, 4)}`;
    const queues = `0000002A:00000000 01:00000014 ${hex(retransmits, 8)}`;
    return `   ${index}: ${ends} 01 ${queues}  1000        0 4242 2 0000000000000000 20 4 30 10 -1\n`;
  });
  return header + lines.join("");
}
