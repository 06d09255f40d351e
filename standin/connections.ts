import type { Server } from "node:http";
import type { Socket } from "node:net";

/**
 * Limits a server's connections. With one too many, the connection goes that has kept the server waiting longest: first
 * one that owes it (the rest of) a request, then one that is idle between two requests. A connection whose request is
 * being served stays; `RequestMemory` limits those.
 *
 * Refusing the newest instead would let a client that holds connections shut everybody out, the kubelet's probes too.
 */
export function limitConnections(server: Server, limit: number): void {
  /** In the order in which they began to owe a request. */
  const owing = new Set<Socket>();
  /** In the order in which they fell idle. */
  const idle = new Set<Socket>();
  let open = 0;

  server.on("connection", (socket) => {
    open++;
    socket.once("close", () => {
      open--;
      owing.delete(socket);
      idle.delete(socket);
    });
    if (open > limit) {
      const waiting = owing.size > 0 ? owing : idle;
      for (const socket of waiting) {
        // Forgotten at once: several may come before the first is closed.
        waiting.delete(socket);
        socket.destroy();
        break;
      }
    }
    owing.add(socket);
  });
  server.prependListener("request", (request, response) => {
    const { socket } = request;
    idle.delete(socket);
    owing.delete(socket);
    owing.add(socket);
    request.once("end", () => owing.delete(socket));
    response.once("close", () => {
      owing.delete(socket);
      if (!socket.destroyed) idle.add(socket);
    });
  });
}
