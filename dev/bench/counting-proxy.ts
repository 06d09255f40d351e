import { once } from "node:events";
import net, { type AddressInfo } from "node:net";

/** A loopback port that leads to another one, and counts round trips. */
export class CountingProxy implements AsyncDisposable {
  /** How often a client spoke for the first time, or after an answer. */
  roundTrips = 0;
  readonly #server: net.Server;
  readonly #open = new Set<net.Socket>();

  private constructor(port: number) {
    this.#server = net.createServer({ noDelay: true }, (client) => {
      const upstream = net.connect({ host: "127.0.0.1", port, noDelay: true });
      let isAnswered = true;
      client.on("data", () => {
        if (isAnswered) this.roundTrips++;
        isAnswered = false;
      });
      upstream.on("data", () => (isAnswered = true));
      for (const [from, to] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        this.#open.add(from);
        from.pipe(to);
        from.on("error", () => to.destroy());
        from.on("close", () => this.#open.delete(from));
      }
    });
  }

  static async start(port: number): Promise<CountingProxy> {
    const proxy = new CountingProxy(port);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#open) socket.destroy();
    await closed;
  }
}
