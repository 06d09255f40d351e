import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { Refusal } from "../../../lib/kubernetes/errors";
import { FakeApiServer } from "../../../lib/kubernetes/testing/fake-api-server";
import { listening } from "../../../lib/testing/listening";
import { defaultOptions, type KubernetesTarget } from "../../../verify";
import { connectKubernetes } from "../../../verify/targets/kubernetes";
import { Tunnel, type OpenStream } from "../../../verify/targets/tunnel";
import { verifyFake } from "./fake-deployment";
import { verify } from "./report-schema";

const never = new AbortController().signal;

/** An API server that lists two pods of the gateway and one of Redis, and refuses to forward ports. */
class PodsApi extends FakeApiServer {
  /** Their UIDs by `app/name`. */
  readonly pods = new Map(["plano/plano-a", "plano/plano-b", "redis/redis-0"].map((pod) => [pod, `uid of ${pod}`]));

  static override async start(): Promise<PodsApi> {
    const api = new PodsApi();
    const [podIP, hostIP] = ["203.0.113.7", "203.0.113.1"];
    const status = { podIP, hostIP, conditions: [{ type: "Ready", status: "True" }] };
    api.answers.set("/api/v1/namespaces/plano-demo/pods", ({ query }) => {
      const listed = [...api.pods].filter(([pod]) => query.get("labelSelector") === `app=${pod.split("/")[0]}`);
      return { items: listed.map(([pod, uid]) => ({ metadata: { name: pod.split("/")[1], uid }, status })) };
    });
    await api.listen();
    return api;
  }

  get target(): KubernetesTarget {
    return { ...defaultOptions.target, kubeconfig: this.kubeconfig() };
  }
}

describe("the Kubernetes target", () => {
  let api: PodsApi;
  beforeEach(async () => void (api = await PodsApi.start()));
  afterEach(() => api[Symbol.asyncDispose]());

  it("finds the ready pods and gives each a loopback port of its own", async () => {
    await using target = await connectKubernetes(api.target, never);
    const found = target.replicas.map(({ name, pod, url }) => `${name} ${pod} ${url.replace(/\d+$/, "PORT")}`);
    assert.deepEqual(
      found,
      ["a", "b"].map((it) => `plano-${it} plano-${it} http://127.0.0.1:PORT`),
    );
    assert.equal(new Set(target.replicas.map(({ url }) => url)).size, 2);
  });

  it("reads Redis' password from the Secret, and does without where it may not", async () => {
    await using target = await connectKubernetes(api.target, never);
    const secret = "/api/v1/namespaces/plano-demo/secrets/plano-secrets";
    api.answers.set(secret, 403);
    assert.match(await target.redisUrl(), /^redis:\/\/127\.0\.0\.1:\d+$/);
    api.answers.set(secret, { data: { REDIS_PASSWORD: Buffer.from("p/w").toString("base64") } });
    assert.match(await target.redisUrl(), /^redis:\/\/:p%2Fw@127\.0\.0\.1:\d+$/);
    await assert.rejects(target.jaegerUrl(), { message: "no ready Jaeger pod matches app=jaeger in namespace plano-demo" });
  });

  it("notices a pod that was replaced or is gone, and none that came", async () => {
    await using target = await connectKubernetes(api.target, never);
    api.pods.set("plano/plano-c", "uid");
    assert.deepEqual(await target.changes(), []);
    api.pods.set("plano/plano-a", "another");
    api.pods.delete("plano/plano-b");
    assert.deepEqual(await target.changes(), ["pod plano-a was replaced", "pod plano-b is gone"]);
  });

  it("does not wait for credentials when the run is called off", async () => {
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "/bin/sleep", args: ["2"], interactiveMode: "Never" };
    const stop = new AbortController();
    const connecting = connectKubernetes({ ...api.target, kubeconfig: api.kubeconfig({ exec }) }, stop.signal);
    stop.abort(new Error("interrupted"));
    await assert.rejects(connecting, { message: "interrupted" });
  });

  it("gives up port-forwards that the API server does not answer, with the connection and with the target", async () => {
    const asked: Promise<unknown>[] = [];
    let all: (value?: unknown) => void = () => assert.fail();
    api.respond = ({ path, response }) => {
      if (!path.endsWith("/portforward")) return undefined;
      if (asked.push(once(response, "close")) === 2) all();
      return "hang";
    };
    const target = await connectKubernetes(api.target, never);
    const bothAsked = new Promise((resolve) => (all = resolve));
    const [gone, kept] = target.replicas.map(({ url }) => net.connect(Number(new URL(url).port), "127.0.0.1"));
    kept?.on("error", () => undefined);
    await bothAsked;
    gone?.destroy();
    await Promise.race(asked);
    await target[Symbol.asyncDispose]();
    await Promise.all(asked);
  });

  const forbidden = new Refusal(403, 'pods is forbidden: User "x" cannot list');
  for (const [why, reason, set] of [
    ["without a ready pod", /^no ready pod matches app=plano in namespace plano-demo$/, (api) => api.pods.clear()],
    [
      "in the API server's words, when the pods may not be listed",
      /^cannot list pods in namespace plano-demo at the API server http:\/\/127\.0\.0\.1:\d+: HTTP 403 pods is forbidden: User "x" cannot list \(the rights that it takes are in docs\/verifier\.md\)$/,
      (api) => api.answers.set("/api/v1/namespaces/plano-demo/pods", forbidden),
    ],
    [
      "where a tunnel is broken: then a request has failed",
      /^control: replica plano-a did not answer: connection reset: Unexpected server response: 404/,
      () => undefined,
    ],
  ] as const satisfies readonly [string, RegExp, (api: PodsApi) => unknown][]) {
    it(`is unknown ${why}`, async () => {
      set(api);
      const report = await verify({ ...defaultOptions, target: api.target, checks: ["control", "pinning"] });
      assert.match(report.reason ?? "", reason);
      assert.deepEqual([report.verdict, report.checks.map(({ verdict }) => verdict)], ["unknown", ["unknown", "unknown"]]);
    });
  }
});

describe("a tunnel", () => {
  /** Carries connections over plain TCP, as the API server would. */
  function streamTo(port: number): OpenStream {
    return async (connection) => {
      const upstream = net.connect(port, "127.0.0.1");
      await once(upstream, "connect");
      connection.pipe(upstream).pipe(connection, { end: false });
      return { on: (_event, listener) => upstream.on("close", listener), close: () => upstream.destroy() };
    };
  }

  it("carries a whole run", async () => {
    const tunnels: Tunnel[] = [];
    const report = await verifyFake({}, async ({ replicas }) => {
      for (const replica of replicas) {
        const tunnel = await Tunnel.listen(streamTo(Number(new URL(replica.url).port)));
        tunnels.push(tunnel);
        replica.url = `http://127.0.0.1:${tunnel.port}`;
      }
    });
    for (const tunnel of tunnels) await tunnel[Symbol.asyncDispose]();
    assert.deepEqual([report.verdict, report.reason], ["pass", null]);
  });

  it("resets the connection and keeps the reason when the pod's side reports an error", async () => {
    await using tunnel = await Tunnel.listen(async (_connection, errors) => {
      errors.write(Buffer.alloc(0));
      errors.write("error forwarding port 12000: connection refused");
      return { on: () => undefined, close: () => undefined };
    });
    const socket = net.connect(tunnel.port, "127.0.0.1");
    const [error] = (await once(socket, "error")) as [NodeJS.ErrnoException];
    assert.equal(error.code, "ECONNRESET");
    assert.equal(tunnel.lastError, "error forwarding port 12000: connection refused");
  });

  it("ends its connections when it is disposed of", async () => {
    await using server = await listening(net.createServer());
    const tunnel = await Tunnel.listen(streamTo(server.port));
    const socket = net.connect(tunnel.port, "127.0.0.1");
    await once(socket, "connect");
    const closed = once(socket, "close");
    socket.on("error", () => undefined);
    await tunnel[Symbol.asyncDispose]();
    await closed;
    assert.ok(socket.destroyed);
  });
});
