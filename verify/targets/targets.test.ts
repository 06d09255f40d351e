import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { createServer } from "node:net";
import { hostInUrl } from "../../lib/net";
import { listening } from "../../lib/testing/listening";
import { freePort } from "../../standin/testing/redis";
import { Cluster } from "./cluster";
import { gatewayTo, type Place, Ways } from "./kubernetes/ways";
import { podChanges, podsOf } from "./pods";
import { connectReplicas } from "./replicas";
import { Tunnel } from "./tunnel";

describe("a kubeconfig that is of no use", () => {
  const unread = (reason: string) => `kubeconfig: the kubeconfig cannot be read: ${reason}; see $KUBECONFIG or ~/.kube/config`;
  for (const [what, kubeconfig, message] of [
    ["has a password that looks like an alias", "password: *geheim\n", unread("it is not YAML")],
    ["lacks something", "users: [{user: {token: geheim}}]\n", unread("users[0] has no name")],
  ] as const) {
    it(`says where and why, and quotes nothing, when it ${what}`, async () => {
      const named = { kubeconfig, namespace: "demo" };
      await assert.rejects(Cluster.connect(named, new AbortController().signal), { name: "UsageError", message });
    });
  }
});

describe("pods", () => {
  const pod = (name: string, ready = "True", metadata: object = {}) => ({
    metadata: { name, uid: `uid-${name}`, ...metadata },
    status: {
      podIP: "10.0.0.1",
      hostIP: "192.0.2.1",
      conditions: [{ type: "Ready", status: ready }],
      containerStatuses: [{ name: "c", image: "i", imageID: "i", ready: true, restartCount: 2 }],
    },
  });

  it("are ready where they are not on their way out, by name", () => {
    const pods = [pod("b"), pod("a"), pod("c", "False"), pod("d", "True", { deletionTimestamp: new Date() })];
    const seen = podsOf([...pods, { metadata: { name: "e" } }]);
    const states = seen.map(({ name, ready, leaving }) => `${name} ${ready} ${leaving}`);
    assert.deepEqual(states, ["a true false", "b true false", "c false false", "d false true"]);
    const { restarts, podIp, hostIp } = seen[0] ?? {};
    assert.deepEqual([restarts, podIp, hostIp], [2, "10.0.0.1", "192.0.2.1"]);
  });

  it("have changed where one has restarted, is not ready, was replaced or is gone, each with what is known of it", () => {
    const before = podsOf(["a", "b", "c", "d", "e"].map((name) => pod(name)));
    const terminated = { exitCode: 137, reason: "OOMKilled" };
    const container = { name: "gateway", image: "i", imageID: "i", ready: false, restartCount: 3, lastState: { terminated } };
    const restarted = { ...pod("a"), status: { ...pod("a").status, containerStatuses: [container] } };
    const changed = podsOf([restarted, pod("b", "False"), pod("c", "True", { uid: "another" })]);
    // Of e it is not known how it ended.
    const after = [...changed, ...podsOf([pod("e")]).map((it) => ({ ...it, restarts: 3 }))];
    assert.deepEqual(podChanges(before, after), [
      "pod a restarted: container gateway ended with exit code 137, OOMKilled",
      "pod b is no longer ready: starting",
      "pod c was replaced",
      "pod d is gone",
      "pod e restarted",
    ]);
  });

  it("tell how long they took to be ready, unless that was long ago or is not known", () => {
    const made = new Date("2026-01-01T00:00:00Z");
    const after = (seconds: number | undefined) =>
      seconds === undefined ? undefined : new Date(made.getTime() + seconds * 1_000);
    const took = (ready: number | undefined, restarted?: number) => {
      const { status } = pod("a");
      const running = { startedAt: after(restarted ?? 0) };
      const container = { name: "c", image: "i", imageID: "i", ready: true, restartCount: restarted === undefined ? 0 : 1 };
      const conditions = [{ type: "Ready", status: "True", lastTransitionTime: after(ready) }];
      const now = { ...status, conditions, containerStatuses: [{ ...container, state: { running } }] };
      return podsOf([{ ...pod("a", "True", { creationTimestamp: made }), status: now }])[0]?.readySeconds;
    };
    assert.deepEqual([took(22), took(7_200), took(undefined)], [22, undefined, undefined]);
    assert.deepEqual([took(110, 90), took(80, 90)], [20, undefined], "a restart counts from its own beginning");
  });
});

const connect = (...urls: readonly string[]) =>
  connectReplicas({ kind: "replicas", replicas: urls.map((url, i) => ({ name: `r${i}`, url })) }, 16);

describe("replicas that the user names", () => {
  const own = Object.values(networkInterfaces()).flatMap((all = []) => all.map(({ address }) => address));
  for (const [one, other, address = "127\\.0\\.0\\.1:12000"] of [
    ["http://127.0.0.1:12000", "http://0.0.0.0:12000/"],
    ["http://127.0.0.1", "http://127.1:80", "127\\.0\\.0\\.1"],
    ["http://127.0.0.1:12000", "http://[::ffff:127.0.0.1]:12000"],
    ["http://2130706433:12000", "http://[0:0:0:0:0:ffff:7f00:1]:12000"],
    ["http://[::1]:12000", "http://127.0.0.1:12000"],
    ["http://[::]:12000", "http://user@[0:0::1]:12000"],
    ["http://localhost:12000", "http://127.0.0.1:12000"],
    ["http://127.0.0.1:12000", "http://127.0.0.2:12000"],
    ...own.map((address) => ["http://127.0.0.1:12000", `http://${hostInUrl(address)}:12000`] as const),
    ["http://localhost.:12000", "http://[::1]:12000/?query"],
    ["http://10.0.0.5:12000", "http://[::ffff:a00:5]:12000", "10\\.0\\.0\\.5:12000"],
    ["http://[2001:db8::1]:12000", "http://[2001:0db8:0::0:1]:12000", "\\[2001:db8::1\\]:12000"],
  ] as const) {
    it(`are one process when ${one} and ${other} are named`, async () => {
      const message = new RegExp(`^replicas r0 and r1 are the same process: both lead to http://${address}$`);
      await assert.rejects(connect(one, other), { name: "Unmeasurable", message });
    });
  }

  it("are several with other addresses, ports, paths or names, which a proxy may tell apart", async () => {
    const local = ["http://127.0.0.1:1", "http://127.0.0.1:2", "http://127.0.0.1:2/x"];
    const { replicas } = await connect("http://a.test", "http://b.test", ...local, "http://198.51.100.1:1", "http://[::2]:1");
    assert.equal(replicas.length, 7);
  });
});

/** Default route over 192.168.1.1, 10.244.0.0/24 over 10.99.0.2, and the link 10.99.0.0/30. */
const table = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
veth0\t0000F40A\t0200630A\t0003\t0\t0\t0\t00FFFFFF\t0\t0\t0
veth0\t0000630A\t00000000\t0001\t0\t0\t0\tFCFFFFFF\t0\t0\t0
`;

describe("the gateway to an address", () => {
  it("is that of the most specific route; there is none on a link, without a route, or for what is not IPv4", () => {
    const gateways = ["10.244.0.17", "10.244.1.17", "10.99.0.2", "fd00::1", "10.244.0.300"].map((it) => gatewayTo(it, table));
    assert.deepEqual(gateways, ["10.99.0.2", "192.168.1.1", undefined, undefined, undefined]);
    assert.equal(gatewayTo("10.244.0.17", ""), undefined);
  });
});

const podOf = (uid: string, podIp?: string): Place => ({ name: uid, uid, podIp, hostIp: undefined });

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
    const here = podOf("here", "127.0.0.1");
    const noTunnel = (): Promise<Tunnel> => Promise.reject(new Error("no right to a tunnel"));

    it("are waited for while network policies may not know the newcomer", async () => {
      const port = await freePort();
      await using ways = new Ways({ isInside: true, tunnel: noTunnel }, () => 9_000);
      const way = ways.to(here, port);
      await new Promise((done) => setTimeout(done, 300));
      await using server = await listening(createServer(), port);
      assert.equal(await way, server.address);
    });

    it("are tunnels at once when it is known by now", async () => {
      await using ways = new Ways({ isInside: true, tunnel: noTunnel }, () => 11_000);
      await assert.rejects(ways.to(here, await freePort()), /^Error: no right to a tunnel$/);
    });
  });
});
