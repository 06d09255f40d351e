import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/**
 * Keeps a server's connections to a number. When there is one too many, the one goes that has kept the server waiting
 * longest: first of those that owe it a request or the rest of one, then of those idle between two requests. One whose
 * request is being served stays; how many of these there are is for {@link RequestMemory} to limit.
 *
 * Refusing the newest instead would let a client shut everybody out, the kubelet's probes too, by holding connections.
 */
export class Connections {
  /** In the order in which they began to owe. */
  readonly #owing = new Set<Socket>();
  /** In the order in which they fell idle. */
  readonly #idle = new Set<Socket>();
  #open = 0;

  constructor(
    server: Server,
    private readonly limit: number,
  ) {
    server.on("connection", (socket) => this.#opened(socket));
    server.prependListener("request", (request, response) => this.#began(request, response));
  }

  #opened(socket: Socket): void {
    this.#open++;
    socket.once("close", () => {
      this.#open--;
      this.#owing.delete(socket);
      this.#idle.delete(socket);
    });
    if (this.#open > this.limit) this.#longestWaiting()?.destroy();
    this.#owing.add(socket);
  }

  /** It is forgotten at once: several may come before the first is closed. */
  #longestWaiting(): Socket | undefined {
    for (const waiting of [this.#owing, this.#idle]) {
      for (const socket of waiting) {
        waiting.delete(socket);
        return socket;
      }
    }
    return undefined;
  }

  #began(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    this.#idle.delete(socket);
    this.#owing.delete(socket);
    this.#owing.add(socket);
    request.once("end", () => this.#owing.delete(socket));
    response.once("close", () => {
      this.#owing.delete(socket);
      if (!socket.destroyed) this.#idle.add(socket);
    });
  }
}
