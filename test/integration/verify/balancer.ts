import net from "node:net";
import { listening } from "../../../lib/testing/listening";

/** Sends each connection to one of several servers. */
export type Balancer = Awaited<ReturnType<typeof startBalancer>>;

/**
 * @param choose the index of the server, by the number of the connection, from 0, and the head of its request
 * @param change what becomes of that head on the way
 */
export async function startBalancer(
  servers: readonly { readonly url: string }[],
  choose: (connection: number, head: string) => number,
  change: (head: string) => string = (head) => head,
) {
  const count = { connections: 0 };
  const server = net.createServer((client) => {
    client.once("data", (chunk) => {
      const head = chunk.toString("latin1");
      const { hostname, port } = new URL(servers[choose(count.connections++, head)]?.url ?? "");
      const upstream = net.connect(Number(port), hostname);
      for (const [one, other] of [
        [client, upstream],
        [upstream, client],
      ] as const)
        one.on("error", () => other.destroy());
      upstream.write(Buffer.from(change(head), "latin1"));
      client.pipe(upstream).pipe(client);
    });
  });
  return Object.assign(await listening(server), { count });
}
