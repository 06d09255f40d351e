import { once } from "node:events";
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { defaultOptions, type Report, type VerifyOptions } from "../../../verify";
import { verify } from "./report-schema";

/** Prompts that the fake replicas tell apart. */
export const prompts = ["quick one", "deep one", "quick two", "deep two"];

/** What a fake replica does with a request in place of answering it well: it says this, or (true) has dealt with it. */
type Misbehaviour = (request: FakeRequest, response: ServerResponse) => boolean | readonly [status: number, body: object];

interface FakeRequest {
  /** Count of the requests to this replica, from 1. */
  readonly number: number;
  readonly session: string | undefined;
  readonly prompt: string;
}

/**
 * Gateway replicas in this process, with pins in common and a Jaeger. Prompts that contain "deep" are routed to
 * `large`, all others to `small`. Each replica can be made to misbehave.
 */
export class FakeDeployment implements AsyncDisposable {
  readonly pins = new Map<string, string>();
  readonly misbehaviour = new Map<string, Misbehaviour>();
  /** Whether pinned requests are routed all the same. */
  routesPinned = false;
  /** How long Jaeger hides the span of a routing, in milliseconds. */
  routingDelayMs = 0;
  readonly requests: (FakeRequest & { readonly replica: string })[] = [];
  readonly #servers = new Map<string, http.Server>();
  readonly #traces = new Map<string, { readonly pod: string; readonly routed: boolean; readonly at: number }>();
  #jaegerPort = 0;

  static async start(names: readonly string[] = ["a", "b"]): Promise<FakeDeployment> {
    const deployment = new FakeDeployment();
    for (const name of names) {
      await deployment.#listen(name, (request, response) => void deployment.#answer(name, request, response));
    }
    deployment.#jaegerPort = await deployment.#listen("jaeger", (request, response) => deployment.#serveTrace(request, response));
    return deployment;
  }

  get replicas(): { name: string; url: string }[] {
    return [...this.#servers].flatMap(([name, server]) =>
      name === "jaeger" ? [] : [{ name, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }],
    );
  }

  get jaegerUrl(): string {
    return `http://127.0.0.1:${this.#jaegerPort}`;
  }

  async #listen(name: string, listener: http.RequestListener): Promise<number> {
    const server = http.createServer(listener);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    this.#servers.set(name, server);
    return (server.address() as AddressInfo).port;
  }

  async #answer(replica: string, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString()) as { messages: { role: string; content: string }[] };
    const prompt = body.messages.find(({ role }) => role === "user")?.content ?? "";
    const header = incoming.headers["x-model-affinity"];
    const session = typeof header === "string" ? header : undefined;
    const number = this.requests.filter((earlier) => earlier.replica === replica).length + 1;
    const request: FakeRequest = { number, session, prompt };
    this.requests.push({ ...request, replica });
    const instead = this.misbehaviour.get(replica)?.(request, response) ?? false;
    if (typeof instead !== "boolean") return sendJson(response, ...instead);
    if (instead) return;

    const pinned = session === undefined ? undefined : this.pins.get(session);
    const model = pinned ?? (prompt.includes("deep") ? "large" : "small");
    if (session !== undefined) this.pins.set(session, model);
    const routed = pinned === undefined || this.routesPinned;
    const traceId = String(incoming.headers["traceparent"]).slice(3, 35);
    this.#traces.set(traceId, { pod: `pod-${replica}`, routed, at: performance.now() });
    sendJson(response, 200, { model, choices: [{ message: { role: "assistant", content: "ok" } }] });
  }

  #serveTrace(incoming: IncomingMessage, response: ServerResponse): void {
    const traceId = incoming.url?.split("/").at(-1) ?? "";
    const trace = this.#traces.get(traceId);
    if (trace === undefined) return sendJson(response, 404, { data: null, errors: [{ code: 404, msg: "trace not found" }] });
    const isRoutingSeen = trace.routed && performance.now() - trace.at >= this.routingDelayMs;
    const spans = [
      { operationName: "POST /v1/chat/completions", processID: "p1", tags: [{ key: "k8s.pod.name", value: trace.pod }] },
      ...(isRoutingSeen ? [{ operationName: "routing", processID: "p2", tags: [] }] : []),
    ];
    const processes = { p1: { serviceName: "plano(llm)" }, p2: { serviceName: "plano(routing)" } };
    sendJson(response, 200, { data: [{ traceID: traceId, spans, processes }] });
  }

  /** Ends one replica: its connections are reset and new ones refused. */
  async kill(name: string): Promise<void> {
    const server = this.#servers.get(name);
    if (server?.listening !== true) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#servers.keys()].map((name) => this.kill(name)));
  }
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

/** Verifies the replicas of a new deployment. @param prepare what is done to it before */
export async function verifyFake(
  overrides: Partial<VerifyOptions> = {},
  prepare: (deployment: FakeDeployment) => unknown = () => undefined,
  names?: readonly string[],
): Promise<Report> {
  await using deployment = await FakeDeployment.start(names);
  const { replicas, jaegerUrl } = deployment;
  await prepare(deployment);
  const target = { kind: "replicas", replicas, jaegerUrl } as const;
  return await verify({ ...defaultOptions, target, checks: ["control", "pinning"], prompts, timeoutSeconds: 5, ...overrides });
}
