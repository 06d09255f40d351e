import { once } from "node:events";
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { V1ConfigMap, V1Job } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { sendJson } from "./fake-deployment";
import { FakePod, type Fate } from "./fake-pod";

type Stored = V1Job | V1ConfigMap;

/**
 * An API server over plain HTTP with a Job controller, garbage collector and kubelet in one: it keeps objects, and runs
 * the container of a Job that is not suspended as a process of this machine.
 */
export class FakeJobCluster implements AsyncDisposable {
  /** Undefined: there will be no pod. */
  fate: Fate | undefined = "run";
  /** Requests that are refused with 403, as `VERB /path…` begins. */
  readonly forbidden: string[] = [];
  /** Called with `VERB /path` before each request is answered. */
  onRequest: (request: string) => void = () => undefined;
  /** Messages of Warning events about any object. */
  readonly warnings: string[] = [];
  /** Condition of the Job, once it has failed. */
  failed: { readonly reason: string; readonly message: string } | undefined;
  /** So many logs that are followed break off, as a proxy with a time limit does it. */
  breakLogs = 0;
  /** Objects of this request are made, but the connection breaks before the answer. */
  breakAfter = "";
  /** Everything that was made, in that order. */
  readonly made: Stored[] = [];
  /** `VERB /path?query` of every request. */
  readonly requests: string[] = [];
  readonly objects = new Map<string, Stored>();
  #pod: FakePod | undefined;
  readonly #server = http.createServer((request, response) => void this.#answer(request, response));

  static async start(): Promise<FakeJobCluster> {
    const cluster = new FakeJobCluster();
    cluster.#server.listen(0, "127.0.0.1");
    await once(cluster.#server, "listening");
    return cluster;
  }

  get kubeconfig(): string {
    const { port } = this.#server.address() as AddressInfo;
    return JSON.stringify({
      "current-context": "fake",
      clusters: [{ name: "fake", cluster: { server: `http://127.0.0.1:${port}`, "insecure-skip-tls-verify": true } }],
      users: [{ name: "fake", user: { token: "t0p-secret" } }],
      contexts: [{ name: "fake", context: { cluster: "fake", user: "fake" } }],
    });
  }

  async #answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? "", "http://api.test");
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body: unknown = chunks.length === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString());
    const request = `${incoming.method} ${url.pathname}`;
    this.requests.push(`${request}${url.search}`);
    this.onRequest(request);
    if (incoming.headers.authorization !== "Bearer t0p-secret") return sendJson(response, 401, { message: "Unauthorized" });
    const name = url.pathname.split("/").at(-1) ?? "";
    if (this.forbidden.some((beginning) => request.startsWith(beginning))) {
      // The real one then leaves a large body unread, and the reset that follows is faster than its answer.
      if (chunks.length > 0 && incoming.headers.connection !== "keep-alive") return void incoming.socket.resetAndDestroy();
      return sendJson(response, 403, { message: `${name} is forbidden: User "fake" cannot do that` });
    }
    switch (incoming.method) {
      case "POST":
        if (request === this.breakAfter) response.destroy();
        return this.#create(url.pathname, body as Stored, response);
      case "PATCH":
        return this.#patch(url.pathname, body as { spec: { suspend: boolean } }, response);
      case "DELETE":
        return this.#delete(url.pathname, response);
    }
    if (name === "pods") return sendJson(response, 200, { items: this.#pod === undefined ? [] : [this.#pod.manifest] });
    if (name === "log") return this.#log(url.searchParams.get("follow") === "true", response);
    if (name === "events") {
      return sendJson(response, 200, { items: this.warnings.map((message) => ({ reason: "FailedCreate", message })) });
    }
    const object = this.objects.get(url.pathname);
    if (object === undefined) return sendJson(response, 404, { message: `"${name}" not found` });
    const conditions = this.failed === undefined ? [] : [{ type: "Failed", status: "True", ...this.failed }];
    return sendJson(response, 200, { ...object, status: { conditions } });
  }

  #create(path: string, object: Stored, response: ServerResponse): void {
    const stored = { ...object, metadata: { ...object.metadata, uid: `uid-${this.made.length}` } };
    this.made.push(stored);
    this.objects.set(`${path}/${object.metadata?.name}`, stored);
    sendJson(response, 201, stored);
  }

  #patch(path: string, { spec }: { spec: { suspend: boolean } }, response: ServerResponse): void {
    const job = this.objects.get(path) as V1Job;
    if (!spec.suspend && this.fate !== undefined) this.#pod = new FakePod(job, this.#projected(job), this.fate);
    sendJson(response, 200, job);
  }

  /** The files that the Job's pod finds in its program folder. */
  #projected(job: V1Job): ReadonlyMap<string, Buffer> {
    const sources = job.spec?.template.spec?.volumes?.find(({ name }) => name === "program")?.projected?.sources ?? [];
    const files = new Map<string, Buffer>();
    for (const { configMap } of sources) {
      const path = `/api/v1/namespaces/${job.metadata?.namespace}/configmaps/${configMap?.name}`;
      const { data = {}, binaryData = {} } = this.objects.get(path) as V1ConfigMap;
      for (const [name, text] of Object.entries(data)) files.set(name, Buffer.from(text));
      for (const [name, base64] of Object.entries(binaryData)) files.set(name, Buffer.from(base64, "base64"));
    }
    return files;
  }

  #delete(path: string, response: ServerResponse): void {
    const name = path.split("/").at(-1) ?? "";
    if (!this.objects.delete(path)) return sendJson(response, 404, { message: `"${name}" not found` });
    if (path.includes("/jobs/")) this.#pod?.process?.kill("SIGTERM");
    sendJson(response, 200, { kind: "Status", status: "Success" });
  }

  #log(follow: boolean, response: ServerResponse): void {
    const pod = this.#pod;
    if (pod === undefined) return sendJson(response, 404, { message: "pod not found" });
    response.writeHead(200, { "content-type": "text/plain" });
    if (follow && this.breakLogs > 0 && !pod.hasEnded) {
      this.breakLogs--;
      const breakOff = (): void => void response.write(pod.log, () => response.destroy());
      return void (pod.log === "" ? pod.process?.stdout?.once("data", breakOff) : breakOff());
    }
    response.write(pod.log);
    if (!follow || pod.hasEnded) return void response.end();
    const pass = (text: string): void => void response.write(text);
    pod.process?.stdout?.on("data", pass);
    pod.process?.once("close", () => response.end());
  }

  /** Takes the pod away, as an eviction does. */
  evict(): void {
    this.#pod?.process?.kill("SIGKILL");
    this.#pod = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#pod?.[Symbol.dispose]();
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }
}
