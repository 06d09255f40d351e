import { endpoint, HttpClient } from "../../../verify/http/http-client";
import { defaultOptions } from "../../../verify/options";
import { Cluster } from "../../../verify/targets/cluster";
import { CountingProxy } from "../counting-proxy";
import { stamp } from "../machine";
import type { Rows } from "../measurements";
import { judged, median, medianOf } from "../row";

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

/**
 * Port-forwards of the API server, to a gateway of the stack.
 *
 * @param kubeconfig its content
 * @throws Error when there is no gateway, or it does not answer
 */
export async function measureTunnels(kubeconfig: string, runs: number, signal: AbortSignal): Promise<Rows> {
  const cluster = await Cluster.connect({ ...defaultOptions.target, kubeconfig }, signal);
  const [pod] = await cluster.readyPods(defaultOptions.target.selector);
  if (pod === undefined) throw new Error(`the stack has no ready pod ${defaultOptions.target.selector}`);

  const first: number[] = [];
  for (let run = 0; run < runs; run++) {
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
  const rows = [
    judged({
      what: "port-forward: from the start of a tunnel to the first answer through it",
      value: median(first),
      show: (value) => `${Math.round(value)} ms`,
      note: medianOf(runs),
    }),
    judged({
      what: `port-forward: connections for ${requests} requests, ${atOnce} at once`,
      value: proxy.connections,
      show: String,
      bound: { most: connectionsPerReplica },
      note: "each is a WebSocket through the API server; kept alive",
    }),
  ];
  return { ...stamp(), rows };
}

async function ask(client: HttpClient, port: number): Promise<void> {
  const { status } = await client.post(endpoint(`http://127.0.0.1:${port}`, chat), {}, body);
  if (status !== 200) throw new Error(`the gateway behind the tunnel answered HTTP ${status}`);
}
