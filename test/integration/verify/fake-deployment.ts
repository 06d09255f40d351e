import http, { type IncomingMessage, type ServerResponse } from "node:http";
import { json } from "node:stream/consumers";
import { listening } from "../../../lib/testing/listening";
import { sendJson } from "../../../standin/http";
import { defaultOptions, type ReplicasTarget, type Report, type VerifyOptions } from "../../../verify";
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
  /** Whether the conversation ends in what a tool said. */
  readonly afterTool: boolean;
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
  readonly replicas: { name: string; url: string }[] = [];
  jaegerUrl = "";
  readonly #servers = new Map<string, Awaited<ReturnType<typeof listening>>>();
  readonly #traces = new Map<string, { readonly pod: string; readonly routed: boolean; readonly at: number }>();

  static async start(names: readonly string[] = ["a", "b"]): Promise<FakeDeployment> {
    const deployment = new FakeDeployment();
    for (const name of names) {
      const url = await deployment.#listen(name, (request, response) => void deployment.#answer(name, request, response));
      deployment.replicas.push({ name, url });
    }
    deployment.jaegerUrl = await deployment.#listen("jaeger", (request, response) => deployment.#serveTrace(request, response));
    return deployment;
  }

  async #listen(name: string, listener: http.RequestListener): Promise<string> {
    const server = await listening(http.createServer(listener));
    this.#servers.set(name, server);
    return server.url;
  }

  async #answer(replica: string, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { messages } = (await json(incoming)) as { messages: { role: string; content: string }[] };
    const prompt = messages.find(({ role }) => role === "user")?.content ?? "";
    const header = incoming.headers["x-model-affinity"];
    const session = typeof header === "string" ? header : undefined;
    const number = this.requests.filter((earlier) => earlier.replica === replica).length + 1;
    const request: FakeRequest = { number, session, prompt, afterTool: messages.at(-1)?.role === "tool" };
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
    await this.#servers.get(name)?.[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#servers.keys()].map((name) => this.kill(name)));
  }
}

/** What differs from the defaults; the target only where it is not that of the deployment. */
export type Overrides = Partial<Omit<VerifyOptions, "target">> & { readonly target?: Partial<ReplicasTarget> };

/** Verifies the replicas of a new deployment. @param prepare what is done to it before */
export async function verifyFake(
  overrides: Overrides = {},
  prepare: (deployment: FakeDeployment) => unknown = () => undefined,
  names?: readonly string[],
): Promise<Report> {
  await using deployment = await FakeDeployment.start(names);
  await prepare(deployment);
  const { replicas, jaegerUrl } = deployment;
  const target = { kind: "replicas", replicas, jaegerUrl, ...overrides.target } as const;
  return await verify({ ...defaultOptions, checks: ["control", "pinning"], prompts, timeoutSeconds: 5, ...overrides, target });
}
