import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import type { ReadyPod } from "../pods";
import { GonePods } from "./gone-pods";
import { Ways } from "./ways";
import { Tunnel } from "../tunnel";

const podOf = (uid: string): ReadyPod => ({ name: uid, uid, restarts: 0, podIp: undefined, hostIp: undefined });

describe("ways to pods", () => {
  it("are closed when the pod is gone, each but once, and the others stay", async () => {
    const closed: string[] = [];
    const tunnel = async (pod: string): Promise<Tunnel> => {
      const open = await Tunnel.listen(() => Promise.reject(new Error("nobody is there")));
      const dispose = open[Symbol.asyncDispose].bind(open);
      return Object.assign(open, { [Symbol.asyncDispose]: () => (closed.push(pod), dispose()) });
    };
    await using ways = new Ways({ isInside: false, tunnel });
    const [first, second] = [await ways.to(podOf("a"), 1), await ways.to(podOf("b"), 1), await ways.to(podOf("a"), 2)];
    await ways.close("a");
    await ways.close("a");
    assert.deepEqual(closed, ["a", "a"]);
    assert.equal(await ways.to(podOf("b"), 1), second);
    assert.notEqual(await ways.to(podOf("a"), 1), first);
  });

  describe("inside the cluster", () => {
    /** A port at which nobody listens yet; `open` makes somebody listen. */
    async function closedPort(): Promise<{ readonly port: number; readonly open: () => Promise<Server> }> {
      const server = createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      const { port } = server.address() as AddressInfo;
      server.close();
      await once(server, "close");
      const open = async (): Promise<Server> => {
        const opened = createServer((socket) => socket.end()).listen(port, "127.0.0.1");
        await once(opened, "listening");
        return opened;
      };
      return { port, open };
    }
    const here: ReadyPod = { ...podOf("here"), podIp: "127.0.0.1" };
    const noTunnel = (): Promise<Tunnel> => Promise.reject(new Error("no right to a tunnel"));

    it("are waited for while network policies may not know the newcomer", async () => {
      const { port, open } = await closedPort();
      await using ways = new Ways({ isInside: true, tunnel: noTunnel }, () => 9_000);
      const way = ways.to(here, port);
      await new Promise((done) => setTimeout(done, 300));
      const server = await open();
      try {
        assert.equal(await way, `127.0.0.1:${port}`);
      } finally {
        server.close();
      }
    });

    it("are tunnels at once when it is known by now", async () => {
      const { port } = await closedPort();
      await using ways = new Ways({ isInside: true, tunnel: noTunnel }, () => 11_000);
      await assert.rejects(ways.to(here, port), /^Error: no right to a tunnel$/);
    });
  });

  it("count a pod as gone that was seen on its way out and is listed no more, not one of a list that is older", () => {
    const gone = new GonePods();
    const look = (...uids: string[]) => uids.map((uid) => ({ uid: uid.replace("!", ""), leaving: uid.endsWith("!") })); // prettier-ignore
    assert.deepEqual(gone.take(look("a", "b!")), []);
    assert.deepEqual(gone.take(look("a!", "b!", "c")), []);
    assert.deepEqual(gone.take(look("a!")), ["b"]);
    assert.deepEqual(gone.take(look("c")), ["a"]);
    assert.deepEqual(gone.take(look("c")), []);
  });
});
