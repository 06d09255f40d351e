import assert from "node:assert/strict";
import type { V1Pod } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { podChanges, readyPods, type ReadyPod } from "./pods";
import { Unmeasurable } from "../common/errors";
import { connectReplicas } from "./replicas";
import { gatewayTo } from "./route";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { GonePods } from "./kubernetes/gone-pods";
import { Ways } from "./kubernetes/ways";
import { Tunnel } from "./tunnel";

function pod(name: string, overrides: { ready?: string; deleted?: boolean; restarts?: number } = {}): V1Pod {
  const { ready = "True", deleted = false, restarts = 0 } = overrides;
  return {
    metadata: { name, uid: `uid-${name}`, ...(deleted ? { deletionTimestamp: new Date() } : {}) },
    status: {
      podIP: "10.0.0.1",
      hostIP: "192.0.2.1",
      conditions: [{ type: "Ready", status: ready }],
      containerStatuses: [{ name: "c", image: "i", imageID: "i", ready: true, restartCount: restarts }],
    },
  };
}

describe("readyPods", () => {
  it("takes pods that are ready and not on their way out, by name", () => {
    const pods = [
      pod("b"),
      pod("a", { restarts: 2 }),
      pod("c", { ready: "False" }),
      pod("d", { deleted: true }),
      { metadata: { name: "e" } },
    ];
    assert.deepEqual(readyPods(pods), [
      { name: "a", uid: "uid-a", restarts: 2, podIp: "10.0.0.1", hostIp: "192.0.2.1" },
      { name: "b", uid: "uid-b", restarts: 0, podIp: "10.0.0.1", hostIp: "192.0.2.1" },
    ]);
  });
});

describe("podChanges", () => {
  const [before] = readyPods([pod("a")]);
  assert.ok(before !== undefined);

  it("is empty when the pods are as they were, also when others came", () => {
    assert.deepEqual(podChanges([before], readyPods([pod("a"), pod("b")])), []);
  });

  it("names a pod that is gone, was replaced, or restarted", () => {
    assert.deepEqual(podChanges([before], []), ["pod a is gone or no longer ready"]);
    assert.deepEqual(podChanges([before], [{ ...before, uid: "other" }]), ["pod a was replaced"]);
    assert.deepEqual(podChanges([before], [{ ...before, restarts: 1 }]), ["pod a restarted"]);
  });
});

const connect = (...urls: readonly string[]) =>
  connectReplicas({ kind: "replicas", replicas: urls.map((url, i) => ({ name: `r${i}`, url })) }, 16);

describe("replicas that the user names", () => {
  for (const [one, other] of [
    ["http://127.0.0.1:12000", "http://0.0.0.0:12000/"],
    ["http://127.0.0.1", "http://127.1:80"],
  ] as const) {
    it(`are one process when ${one} and ${other} are named`, async () => {
      await assert.rejects(connect(one, other), (error: unknown) => {
        assert.ok(error instanceof Unmeasurable);
        assert.match(error.message, /^replicas r0 and r1 are the same process: both lead to 127\.0\.0\.1:(12000|80)$/);
        return true;
      });
    });
  }

  it("are one process when localhost and what it stands for are named", async () => {
    const [v4, v6] = await Promise.allSettled([
      connect("http://localhost:12000", "http://127.0.0.1:12000"),
      connect("http://localhost:12000", "http://[::1]:12000"),
    ]);
    assert.deepEqual([v4?.status, v6?.status].sort(), ["fulfilled", "rejected"]);
  });

  it("may share an address by other names, with other ports or with other paths", async () => {
    const { replicas } = await connect("http://a.test", "http://b.test", "http://127.0.0.1:1", "http://127.0.0.1:2/x");
    assert.equal(replicas.length, 4);
  });
});

/** Default route over 192.168.1.1, 10.244.0.0/24 over 10.99.0.2, and the link 10.99.0.0/30. */
const table = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
veth0\t0000F40A\t0200630A\t0003\t0\t0\t0\t00FFFFFF\t0\t0\t0
veth0\t0000630A\t00000000\t0001\t0\t0\t0\tFCFFFFFF\t0\t0\t0
`;

describe("gatewayTo", () => {
  it("follows the most specific route", () => {
    assert.equal(gatewayTo("10.244.0.17", table), "10.99.0.2");
    assert.equal(gatewayTo("10.244.1.17", table), "192.168.1.1");
  });

  it("knows no gateway on a link, without a route, or for an address that is not IPv4", () => {
    assert.equal(gatewayTo("10.99.0.2", table), undefined);
    assert.equal(gatewayTo("10.244.0.17", ""), undefined);
    assert.equal(gatewayTo("fd00::1", table), undefined);
    assert.equal(gatewayTo("10.244.0.300", table), undefined);
  });
});

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
