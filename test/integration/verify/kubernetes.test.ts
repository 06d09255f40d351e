import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { type Answer, FakeApiServer, FakeRefusal } from "../../../lib/kubernetes/testing/fake-api-server";
import { defaultOptions, type KubernetesTarget } from "../../../verify";
import { connectKubernetes } from "../../../verify/targets/kubernetes";
import { Tunnel, type OpenStream } from "../../../verify/targets/tunnel";
import { FakeDeployment } from "./fake-deployment";
import { verify } from "./report-schema";

interface FakePod {
  readonly name: string;
  readonly app: string;
  uid?: string;
}

/** An API server that lists pods and reads a Secret, and refuses to forward ports. */
class PodsApi extends FakeApiServer {
  secret: Readonly<Record<string, string>> | undefined;
  forbidden = false;
  readonly pods: FakePod[] = [];

  static async of(...pods: readonly FakePod[]): Promise<PodsApi> {
    const api = new PodsApi();
    api.pods.push(...pods);
    api.respond = ({ path, query }) => api.#answer(path, query.get("labelSelector"));
    await api.listen();
    return api;
  }

  #answer(path: string, selector: string | null): Answer {
    if (this.forbidden) return new FakeRefusal(403, 'pods is forbidden: User "x" cannot list');
    if (path.endsWith("/secrets/plano-secrets")) return this.secret === undefined ? 403 : { data: this.secret };
    const items = this.pods
      .filter(({ app }) => selector === `app=${app}`)
      .map(({ name, uid = `uid-${name}` }) => ({
        metadata: { name, uid },
        status: { podIP: "203.0.113.7", hostIP: "203.0.113.1", conditions: [{ type: "Ready", status: "True" }] },
      }));
    return { items };
  }

  target(overrides: Partial<KubernetesTarget> = {}): KubernetesTarget {
    return { ...defaultOptions.target, kubeconfig: this.kubeconfig(), ...overrides };
  }
}

const two: readonly FakePod[] = [
  { name: "plano-a", app: "plano" },
  { name: "plano-b", app: "plano" },
];
const never = new AbortController().signal;

describe("the Kubernetes target", () => {
  it("finds the ready pods and gives each a loopback port of its own", async () => {
    await using api = await PodsApi.of(...two, { name: "redis-0", app: "redis" });
    await using target = await connectKubernetes(api.target(), never);
    assert.deepEqual(
      target.replicas.map(({ name, pod }) => [name, pod]),
      [
        ["plano-a", "plano-a"],
        ["plano-b", "plano-b"],
      ],
    );
    const urls = target.replicas.map(({ url }) => url);
    for (const url of urls) assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.equal(new Set(urls).size, 2);
  });

  it("reads Redis' password from the Secret, and does without where it may not", async () => {
    await using api = await PodsApi.of(...two, { name: "redis-0", app: "redis" });
    await using target = await connectKubernetes(api.target(), never);
    assert.match(await target.redisUrl(), /^redis:\/\/127\.0\.0\.1:\d+$/);
    api.secret = { REDIS_PASSWORD: Buffer.from("p/w").toString("base64") };
    assert.match(await target.redisUrl(), /^redis:\/\/:p%2Fw@127\.0\.0\.1:\d+$/);
    await assert.rejects(target.jaegerUrl(), { message: "no ready Jaeger pod matches app=jaeger in namespace plano-demo" });
  });

  it("notices a pod that was replaced or is gone, and none that came", async () => {
    await using api = await PodsApi.of(...two);
    await using target = await connectKubernetes(api.target(), never);
    api.pods.push({ name: "plano-c", app: "plano" });
    assert.deepEqual(await target.changes(), []);
    (api.pods[0] as FakePod).uid = "another";
    api.pods.splice(1, 1);
    assert.deepEqual(await target.changes(), ["pod plano-a was replaced", "pod plano-b is gone or no longer ready"]);
  });

  it("is unknown without a ready pod", async () => {
    await using api = await PodsApi.of();
    const report = await verify({ ...defaultOptions, target: api.target() });
    assert.deepEqual([report.verdict, report.reason], ["unknown", "no ready pod matches app=plano in namespace plano-demo"]);
    assert.deepEqual(
      report.checks.map(({ verdict }) => verdict),
      ["unknown", "unknown", "unknown", "unknown"],
    );
  });

  it("is unknown, in the API server's words, when the pods may not be listed", async () => {
    await using api = await PodsApi.of(...two);
    api.forbidden = true;
    const report = await verify({ ...defaultOptions, target: api.target() });
    assert.match(
      report.reason ?? "",
      /^cannot list pods in namespace plano-demo at the API server http:\/\/127\.0\.0\.1:\d+: HTTP 403 pods is forbidden: User "x" cannot list \(the rights that it takes are in docs\/verifier\.md\)$/,
    );
  });

  it("is unknown when the API server is not there", async () => {
    const api = await PodsApi.of();
    const target = api.target();
    await api[Symbol.asyncDispose]();
    const report = await verify({ ...defaultOptions, target });
    assert.equal(report.verdict, "unknown");
    assert.match(report.reason ?? "", /: connection refused; is the cluster up, and is this the right context\?$/);
  });

  it("takes a broken tunnel for a failed request with a reason", async () => {
    await using api = await PodsApi.of(...two);
    const report = await verify({ ...defaultOptions, target: api.target(), checks: ["control", "pinning"] });
    assert.equal(report.verdict, "unknown");
    assert.match(
      report.reason ?? "",
      /^control: replica plano-a did not answer: connection reset: Unexpected server response: 200/,
    );
  });

  it("refuses a context that the kubeconfig does not have, naming those it has", async () => {
    await using api = await PodsApi.of(...two);
    await assert.rejects(verify({ ...defaultOptions, target: api.target({ context: "other" }) }), {
      name: "UsageError",
      message: '--context: there is no context "other" in the kubeconfig; choose from fake',
    });
  });

  it("refuses a kubeconfig that cannot be read", async () => {
    await using api = await PodsApi.of(...two);
    await assert.rejects(verify({ ...defaultOptions, target: api.target({ kubeconfig: "{" }) }), {
      name: "UsageError",
      message: /^kubeconfig: the kubeconfig cannot be read: it is not YAML/,
    });
  });
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
    await using deployment = await FakeDeployment.start();
    const [a, b] = deployment.replicas.map(({ url }) => Number(new URL(url).port));
    await using first = await Tunnel.listen(streamTo(a ?? 0));
    await using second = await Tunnel.listen(streamTo(b ?? 0));
    const replicas = [first, second].map(({ port }, i) => ({ name: `t${i}`, url: `http://127.0.0.1:${port}` }));
    const report = await verify({
      ...defaultOptions,
      target: { kind: "replicas", replicas },
      checks: ["control", "pinning"],
      prompts: ["quick", "deep"],
    });
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
    await using deployment = await FakeDeployment.start(["a"]);
    const tunnel = await Tunnel.listen(streamTo(Number(new URL(deployment.replicas[0]?.url ?? "").port)));
    const socket = net.connect(tunnel.port, "127.0.0.1");
    await once(socket, "connect");
    const closed = once(socket, "close");
    socket.on("error", () => undefined);
    await tunnel[Symbol.asyncDispose]();
    await closed;
    assert.ok(socket.destroyed);
  });
});
