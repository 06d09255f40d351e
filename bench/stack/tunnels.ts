import { endpoint, HttpClient } from "../verify/http/http-client";
import { defaultOptions } from "../verify/options";
import { Cluster } from "../verify/targets/cluster";
import type { Benchmark } from "./bench";
import { CountingProxy } from "./counting-proxy";
import { judged, median, notMeasured } from "./row";

/** Connections of the verifier through one tunnel. */
const connectionsPerReplica = 8;

/** Requests through each tunnel, and how many of them at once. */
const requests = 64;
const atOnce = 16;

const gatewayPort = 12_000;
const chat = "/v1/chat/completions";
const body = JSON.stringify({
  model: defaultOptions.model,
  messages: [{ role: "user", content: "How many minutes are there in an hour?" }],
});

/** Port-forwards of the API server, where a cluster with a gateway is up. */
export const tunnels: Benchmark = async ({ scale, signal }) => {
  const what = "port-forward";
  let cluster: Cluster;
  let pods: Awaited<ReturnType<Cluster["readyPods"]>>;
  try {
    cluster = await Cluster.connect(defaultOptions.target, signal);
    pods = await cluster.readyPods(defaultOptions.target.selector);
  } catch (error) {
    return [notMeasured(what, error instanceof Error ? error.message : String(error))];
  }
  const [pod] = pods;
  if (pod === undefined) return [notMeasured(what, `no ready pod ${defaultOptions.target.selector}`)];

  const first: number[] = [];
  for (let run = 0; run < scale.runs; run++) {
    const since = performance.now();
    await using tunnel = await cluster.tunnel(pod.name, gatewayPort);
    using client = new HttpClient({ timeoutSeconds: 10, connectionsPerReplica });
    await ask(client, tunnel.port);
    first.push(performance.now() - since);
  }
  await using tunnel = await cluster.tunnel(pod.name, gatewayPort);
  await using proxy = await CountingProxy.start(tunnel.port);
  using client = new HttpClient({ timeoutSeconds: 10, connectionsPerReplica });
  let left = requests;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await ask(client, proxy.port);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return [
    judged({
      what: "port-forward: from the start of a tunnel to the first answer through it",
      value: median(first),
      show: (value) => `${Math.round(value)} ms`,
      note: scale.runs === 1 ? "one run" : `median of ${scale.runs} runs`,
    }),
    judged({
      what: `port-forward: connections for ${requests} requests, ${atOnce} at once`,
      value: proxy.connections,
      show: String,
      bound: { most: connectionsPerReplica },
      note: "each is a WebSocket through the API server; kept alive",
    }),
  ];
};

async function ask(client: HttpClient, port: number): Promise<void> {
  const { status } = await client.post(endpoint(`http://127.0.0.1:${port}`, chat), {}, body);
  if (status !== 200) throw new Error(`the gateway behind the tunnel answered HTTP ${status}`);
}
