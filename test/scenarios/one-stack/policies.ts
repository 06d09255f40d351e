import { strict as assert } from "node:assert";
import { readFile } from "node:fs/promises";
import { Writable } from "node:stream";
import type { Exec, V1Pod } from "@kubernetes/client-node";
import { waitFor } from "../../../lib/wait";
import { sandboxFolder } from "../../../sandbox/lifecycle/registry";
import { nodePaths } from "../../../sandbox/node/spec";
import type { NodeStatus } from "../../../sandbox/node/spec";
import { skipBecause, stepByStep } from "../../../lib/testing/skip";
import { connect, type KubeClients, namespace, podsOf } from "../../stacks/kube";
import type { TestStack } from "../../stacks/stack";

/** What can be asked for, by the name and port of the workload's service, or of a pod of it. */
const doors = ["gateway", "watch", "metrics", "redis", "jaeger page", "jaeger OTLP", "stub"] as const;
type Door = (typeof doors)[number];

/** Pods that ask, and the doors that are open to them; nobody else gets in. */
const open: Readonly<Record<string, readonly Door[]>> = {
  gateway: ["gateway", "redis", "jaeger page", "jaeger OTLP", "stub"],
  verifier: ["gateway", "redis", "jaeger page"],
  stranger: ["gateway", "jaeger page"],
  "a gateway's namesake elsewhere": ["gateway", "jaeger page"],
};

/** Tries each `name=host:port` of its arguments, and prints which ones took a connection. */
const knock = `
const { connect } = require("node:net");
Promise.all(process.argv.slice(1).map((it) => new Promise((done) => {
  const [, name, host, port] = /^(.*)=(.*):(\\d+)$/.exec(it);
  const socket = connect({ host, port: Number(port), timeout: 3000 });
  const end = (open) => { socket.destroy(); done(open ? name : undefined); };
  socket.on("connect", () => end(true)).on("error", () => end(false)).on("timeout", () => end(false));
}))).then((names) => console.log(JSON.stringify(names.filter((it) => it !== undefined))));
`;

/** The sandbox enforces network policies: what they forbid is tried for real. */
export function networkPolicies(theStack: () => TestStack): void {
  describe("network policies on a sandbox", function () {
    stepByStep(this);
    let stack: TestStack;
    let kube: KubeClients;
    let exec: Exec;
    let targets: readonly string[];
    const asking: Record<string, { readonly name: string; readonly namespace: string; readonly container: string }> = {};

    before(async function () {
      stack = theStack();
      const status = await readFile(nodePaths(sandboxFolder(stack.name)).status, "utf8");
      const { unenforced } = JSON.parse(status) as NodeStatus;
      if (unenforced !== undefined) skipBecause(this, `this machine's kernel cannot enforce network policies: ${unenforced}`);
      kube = await connect(stack);
      exec = new (await import("@kubernetes/client-node")).Exec(kube.config);

      const [gateway, other] = await podsOf(kube, "plano");
      const address = gateway?.status?.podIP ?? assert.fail("the gateway has no pod with an address");
      const service = (name: string): string => `${name}.${namespace}.svc.cluster.local`;
      const places: Record<Door, string> = {
        gateway: `${service("plano")}:12000`,
        watch: `${address}:12090`,
        metrics: `${address}:9092`,
        redis: `${service("redis")}:6379`,
        "jaeger page": `${service("jaeger")}:16686`,
        "jaeger OTLP": `${service("jaeger")}:4318`,
        stub: `${service("llm-stub")}:8080`,
      };
      targets = doors.map((door) => `${door}=${places[door]}`);
      const image = await stack.output<string>("image");
      // Not the one that is asked: what a pod says to itself passes no policy.
      const name = other?.metadata?.name ?? assert.fail("there is one gateway only");
      asking["gateway"] = { name, namespace, container: "gateway" };
      asking["verifier"] = await start("verifier", namespace, { "app.kubernetes.io/name": "plano-affinity-verify" }, image);
      asking["stranger"] = await start("stranger", namespace, { app: "stranger" }, image);
      asking["a gateway's namesake elsewhere"] = await start("namesake", "default", { app: "plano" }, image);
    });

    after(async () => {
      for (const it of Object.values(asking).filter(({ container }) => container !== "gateway"))
        await kube.core.deleteNamespacedPod({ ...it, gracePeriodSeconds: 0 });
    });

    async function start(name: string, inNamespace: string, labels: Record<string, string>, image: string) {
      const body: V1Pod = {
        metadata: { name, labels },
        spec: {
          automountServiceAccountToken: false,
          terminationGracePeriodSeconds: 0,
          securityContext: { runAsNonRoot: true, runAsUser: 10_001, seccompProfile: { type: "RuntimeDefault" } },
          containers: [
            {
              name,
              image,
              imagePullPolicy: "IfNotPresent",
              command: ["node", "-e", "setInterval(() => {}, 1e6)"],
              securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
            },
          ],
        },
      };
      await kube.core.createNamespacedPod({ namespace: inNamespace, body });
      await waitFor({ subject: `the pod ${name}`, limitMs: 30_000 }, async () => {
        const { status } = await kube.core.readNamespacedPod({ name, namespace: inNamespace });
        if (status?.phase !== "Running") throw new Error(String(status?.phase));
        return true;
      });
      return { name, namespace: inNamespace, container: name };
    }

    /** The doors that are open to a pod. */
    async function openTo(who: string): Promise<Door[]> {
      const pod = asking[who] ?? assert.fail(who);
      let text = "";
      const sink = new Writable({ write: (chunk, _encoding, done) => ((text += String(chunk)), done()) });
      const command = ["node", "-e", knock, ...targets];
      const status = await new Promise((resolve, reject) => {
        exec.exec(pod.namespace, pod.name, pod.container, command, sink, sink, null, false, resolve).catch(reject);
      });
      assert.equal((status as { status?: string }).status, "Success", text);
      return JSON.parse(text) as Door[];
    }

    /** A pod's address is known to the firewall a moment after the pod runs. */
    const opensTo = (who: string, doors: readonly Door[] | undefined): Promise<boolean> =>
      waitFor({ subject: `what is open to ${who}`, limitMs: 60_000, intervalMs: 500 }, async () => {
        assert.deepEqual(await openTo(who), doors);
        return true;
      });

    for (const [who, may] of Object.entries(open))
      it(`let ${who} reach ${may.join(", ")}, and nothing else`, () => opensTo(who, may));

    it("are what keeps a stranger out: without Redis' own he gets in", async () => {
      await kube.networking.deleteNamespacedNetworkPolicy({ namespace, name: "redis-from-gateway" });
      await opensTo("stranger", ["gateway", "redis", "jaeger page"]);
    });

    it("come back with the next up", async () => {
      await stack.up("--refresh");
      await opensTo("stranger", open["stranger"]);
    });
  });
}
