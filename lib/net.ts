import { once } from "node:events";
import { connect } from "node:net";

/** Whether a port takes connections within `limitMs` milliseconds. */
export async function answers(host: string, port: number, limitMs: number): Promise<boolean> {
  const socket = connect({ host, port, timeout: limitMs });
  socket.once("timeout", () => socket.destroy(new Error("timed out")));
  const connected = once(socket, "connect").then(
    () => true,
    () => false,
  );
  return connected.finally(() => socket.destroy());
}

/** A host name or address as it stands in a URL: IPv6 addresses in brackets. */
export function hostInUrl(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

/** Whether user name and password of a URL can be decoded: a `%` in them is written `%25`. */
export function isDecodable(url: string): boolean {
  const { username, password } = new URL(url);
  try {
    return decodeURIComponent(`${username}:${password}`) !== "";
  } catch {
    return false;
  }
}
