import { once } from "node:events";
import type { AddressInfo, Server, Socket } from "node:net";

/**
 * Lets a server listen on loopback until it is disposed of, and its connections with it.
 *
 * @param server raw, HTTP or HTTPS
 * @param port default: any that is free
 */
export async function listening(server: Server, port = 0, host = "127.0.0.1") {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket.once("close", () => sockets.delete(socket))));
  await once(server.listen(port, host), "listening");
  // A test that failed must not keep the run alive.
  server.unref();
  const { port: bound } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server.close(), "close");
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return { port: bound, address: `${host}:${bound}`, url: `http://${host}:${bound}`, [Symbol.asyncDispose]: close };
}
