import { once } from "node:events";
import net, { type AddressInfo } from "node:net";
import type { Disruptable } from "../../../verify/targets/kubernetes/kubernetes-disruptable";

/** What a Service is to its pods: each connection leads to one of those that are ready, in turn. */
export class Balancer implements AsyncDisposable {
  readonly #open = new Set<net.Socket>();
  #turn = 0;

  private constructor(
    private readonly server: net.Server,
    private readonly cluster: Pick<Disruptable, "look">,
  ) {
    server.on("connection", (client: net.Socket) => void this.#carry(client));
  }

  static async start(cluster: Pick<Disruptable, "look">): Promise<Balancer> {
    const balancer = new Balancer(net.createServer({ noDelay: true, pauseOnConnect: true }), cluster);
    balancer.server.listen(0, "127.0.0.1");
    await once(balancer.server, "listening");
    return balancer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async #carry(client: net.Socket): Promise<void> {
    client.on("error", () => undefined);
    const ready = (await this.cluster.look()).pods.flatMap(({ ready: is, replica }) => (is && replica ? [replica] : []));
    const replica = ready[this.#turn++ % Math.max(1, ready.length)];
    if (replica === undefined) return void client.destroy();
    const upstream = net.connect({ host: "127.0.0.1", port: Number(new URL(replica.url).port), noDelay: true });
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#open.add(from);
      from.on("error", () => to.destroy()).on("close", () => this.#open.delete(from));
      from.pipe(to);
    }
    client.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.server, "close");
    this.server.close();
    for (const socket of this.#open) socket.destroy();
    await closed;
  }
}
