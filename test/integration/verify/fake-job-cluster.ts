import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { V1ConfigMap, V1ContainerState, V1Job, V1Pod } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { Refusal } from "../../../lib/kubernetes/errors";
import { type Answer, FakeApiServer, type FakeRequest } from "../../../lib/kubernetes/testing/fake-api-server";

type Stored = V1Job | V1ConfigMap;

/**
 * An API server with a Job controller, garbage collector and kubelet in one: it keeps objects, and runs
 * the container of a Job that may have a pod as a process of this machine.
 */
export class FakeJobCluster extends FakeApiServer {
  /** Undefined: there will be no pod. */
  fate: Fate | undefined = "run";
  /** Requests that are refused with 403, as `VERB /path…` begins. */
  readonly forbidden: string[] = [];
  /** Called with `VERB /path` before each request is carried out. */
  onRequest: (request: string, response: ServerResponse) => void = () => undefined;
  /** Condition of the Job, once it has failed. */
  failed: { readonly reason: string; readonly message: string } | undefined;
  /** A mesh puts a container beside each Job's, which does not end by itself. */
  isMeshed = false;
  /** So many logs that are followed break off, as a proxy with a time limit does it. */
  breakLogs = 0;
  /** Everything that was made, in that order. */
  readonly made: Stored[] = [];
  readonly objects = new Map<string, Stored>();
  /** Pods that others made, with the labels of ours. */
  readonly strangers: V1Pod[] = [];
  #pod: FakePod | undefined;

  static override async start(): Promise<FakeJobCluster> {
    const cluster = new FakeJobCluster();
    cluster.respond = (request) => cluster.#answer(request);
    await cluster.listen();
    return cluster;
  }

  /** The kinds of what was made, in that order. */
  get madeKinds(): string {
    return this.made.map(({ kind }) => kind).join(" ");
  }

  #answer({ method, path, query, headers, body, response }: FakeRequest): Answer | undefined {
    const request = `${method} ${path}`;
    this.onRequest(request, response);
    if (headers.authorization !== "Bearer fake-token") return new Refusal(401, "Unauthorized");
    const name = path.split("/").at(-1) ?? "";
    if (this.forbidden.some((beginning) => request.startsWith(beginning))) {
      // The real one then leaves a large body unread, and the reset that follows is faster than its answer.
      if (body !== undefined && headers.connection !== "keep-alive") {
        response.socket?.resetAndDestroy();
        return "taken";
      }
      return new Refusal(403, `${name} is forbidden: User "fake" cannot do that`);
    }
    switch (method) {
      case "POST":
        return this.#create(path, body as Stored);
      case "PATCH":
        return this.#patch(path, body as { spec: { parallelism: number } });
      case "DELETE":
        return this.#delete(path);
    }
    if (name === "pods")
      return { items: [...this.strangers, ...(this.#pod === undefined ? [] : [this.#seen(this.#pod.manifest)])] };
    if (name === "log") return this.#log(query.get("follow") === "true", response);
    const object = this.objects.get(path);
    const conditions = this.failed === undefined ? [] : [{ type: "Failed", status: "True", ...this.failed }];
    return object && { ...object, status: { conditions } };
  }

  /** The kubelet lists containers by name. */
  #seen(pod: V1Pod): V1Pod {
    if (!this.isMeshed) return pod;
    const proxy = { ...containerStatus({ running: {} }), name: "istio-proxy", ready: true };
    return { ...pod, status: { phase: "Running", containerStatuses: [proxy, ...(pod.status?.containerStatuses ?? [])] } };
  }

  #create(path: string, object: Stored): Stored {
    const stored = { ...object, metadata: { ...object.metadata, uid: `uid-${this.made.length}` } };
    this.made.push(stored);
    this.objects.set(`${path}/${object.metadata?.name}`, stored);
    return stored;
  }

  #patch(path: string, { spec }: { spec: { parallelism: number } }): V1Job {
    const job = this.objects.get(path) as V1Job;
    if (spec.parallelism === 1 && this.fate !== undefined) this.#pod = new FakePod(job, this.#projected(job), this.fate);
    return job;
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

  #delete(path: string): Answer {
    const uid = this.objects.get(path)?.metadata?.uid;
    if (!this.objects.delete(path)) return 404;
    for (const [owned, { metadata }] of this.objects)
      if (metadata?.ownerReferences?.some((it) => it.uid === uid) === true) this.objects.delete(owned);
    this.#pod?.process?.kill("SIGTERM");
    return { kind: "Status", status: "Success" };
  }

  #log(follow: boolean, response: ServerResponse): Answer {
    const pod = this.#pod;
    if (pod === undefined) return 404;
    response.writeHead(200, { "content-type": "text/plain" });
    if (follow && this.breakLogs > 0 && !pod.hasEnded) {
      this.breakLogs--;
      const breakOff = (): void => void response.write(pod.log, () => response.destroy());
      if (pod.log === "") pod.process?.stdout?.once("data", breakOff);
      else breakOff();
      return "taken";
    }
    response.write(pod.log);
    if (!follow || pod.hasEnded) response.end();
    else {
      pod.process?.stdout?.on("data", (text: string) => void response.write(text));
      pod.process?.once("close", () => response.end());
    }
    return "taken";
  }

  /** Takes the pod away, as an eviction does. */
  evict(): void {
    this.#pod?.process?.kill("SIGKILL");
    this.#pod = undefined;
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    this.#pod?.[Symbol.dispose]();
    await super[Symbol.asyncDispose]();
  }
}

/** What becomes of a Job's pod: its container is run, or it stays as this says. */
type Fate = "run" | V1Pod["status"];

/** A pod of a Job whose container is a process of this machine. */
class FakePod implements Disposable {
  readonly process: ChildProcess | undefined;
  log = "";
  hasEnded = false;
  readonly #folder = mkdtempSync(join(tmpdir(), "fake-pod-"));
  #status: V1Pod["status"];

  constructor(
    private readonly job: V1Job,
    files: ReadonlyMap<string, Buffer>,
    fate: Fate,
  ) {
    if (fate !== "run") {
      this.#status = fate;
      return;
    }
    for (const [name, content] of files) writeFileSync(join(this.#folder, name), content);
    const [container] = job.spec?.template.spec?.containers ?? [];
    const [program = "", ...rest] = container?.command ?? [];
    const args = [...rest.map((arg) => arg.replace(/^\/program/, this.#folder)), ...(container?.args ?? [])];
    const command = program === "node" ? process.execPath : program;
    const variables = (container?.env ?? []).flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]]));
    const env = { ...(Object.fromEntries(variables) as NodeJS.ProcessEnv), HOME: this.#folder, TMPDIR: this.#folder };
    this.process = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    this.#status = { phase: "Running", containerStatuses: [containerStatus({ running: {} })] };
    // As in a pod: standard error is another pipe, of which nobody knows when it arrives.
    this.process.stdout?.setEncoding("utf8").on("data", (text: string) => (this.log += text));
    this.process.stderr?.setEncoding("utf8").on("data", (text: string) => (this.log = `${text}${this.log}`));
    this.process.once("close", (code) => {
      this.hasEnded = true;
      const terminated = { exitCode: code ?? 137, reason: code === 0 ? "Completed" : "Error" };
      this.#status = { phase: code === 0 ? "Succeeded" : "Failed", containerStatuses: [containerStatus({ terminated })] };
    });
  }

  get manifest(): V1Pod {
    const { metadata } = this.job.spec?.template ?? {};
    const ownerReferences = [
      { apiVersion: "batch/v1", kind: "Job", name: "", uid: this.job.metadata?.uid ?? "", controller: true },
    ];
    return { metadata: { ...metadata, name: `${this.job.metadata?.name}-abcde`, ownerReferences }, status: this.#status };
  }

  [Symbol.dispose](): void {
    this.process?.kill("SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** The status of a Job's one container. */
export function containerStatus(state: V1ContainerState) {
  return { name: "verify", image: "", imageID: "", ready: false, restartCount: 0, state };
}
