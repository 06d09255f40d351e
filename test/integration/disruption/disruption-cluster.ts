import assert from "node:assert/strict";
import { connect, createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";
import {
  startGateway,
  startRedis,
  startStub,
  type StartedGateway,
  type StartedRedis,
  type StartedServer,
} from "../../../standin/testing";
import { listening } from "../../../lib/testing/listening";
import { waitFor } from "../../../lib/wait";
import { Unmeasurable } from "../../../verify/common/errors";
import type { Replica } from "../../../verify/history";
import { systemClock } from "../../../verify/common/clock";
import type { DisruptionEvent } from "../../../verify/disruption/event";
import { defaultLimits, type Limits } from "../../../verify/disruption/stage";
import { HttpClient } from "../../../verify/http/http-client";
import { defaultOptions, type VerifyOptions } from "../../../verify/options";
import { defaultPrompts } from "../../../verify/prompts";
import type { Finding, Verdict } from "../../../verify/report/report";
import { Asker } from "../../../verify/run/asker";
import type { Check } from "../../../verify/run/check";
import type { RunContext } from "../../../verify/run/context";
import { choosePrompts } from "../../../verify/run/plan";
import { judgeSurvey, surveyPrompts } from "../../../verify/run/survey";
import type { DeploymentLook, NamedObject, PodLook, Right, Workload } from "../../../verify/targets/disruptable";
import type { Disruptable } from "../../../verify/targets/kubernetes/kubernetes-disruptable";
import type { ConnectedTarget } from "../../../verify/targets/target";

export interface ClusterOptions {
  /** A fault mode of the stand-in; asked for each pod, counted from 0. */
  readonly fault?: (pod: number) => string;
  /**
   * Whether a gateway that has lost Redis is restarted in place after half a second, as by a liveness probe. Default true:
   * gateways that connect again by themselves may pin a session anew whose pin they could not read just before.
   */
  readonly restartsBroken?: boolean;
  /** Whether Redis' pins outlive its restart. Default true. */
  readonly persists?: boolean;
  /** The release that the stand-ins imitate. Default 0.4.27. */
  readonly planoVersion?: string;
  /** Time between a pod's being told to end and its end, in milliseconds. Default 150. */
  readonly graceMs?: number;
  /** Whether a NetworkPolicy keeps anybody from anything. Default true. */
  readonly enforcesPolicies?: boolean;
}

/** A pod's way to Redis, which knows the pod by an address of its own. Closed, it bears what is connected, and nothing new. */
async function startGate(redisPort: number, podIp: string) {
  const server = createServer({ noDelay: true }, (pod) => {
    if (gate.isClosed) return void pod.destroy();
    const redis = connect({ host: "127.0.0.1", port: redisPort, localAddress: podIp, noDelay: true });
    pod.on("error", () => undefined).on("close", () => redis.destroy());
    redis.on("error", () => undefined).on("close", () => pod.destroy());
    pod.pipe(redis).pipe(pod);
  });
  const gate = { ...(await listening(server)), podIp, isClosed: false };
  return gate;
}

interface Pod extends NamedObject {
  readonly revision: number;
  gate?: Awaited<ReturnType<typeof startGate>>;
  gateway?: StartedGateway;
  replica?: Replica;
  leaving: boolean;
}

/** A Deployment of two stand-ins whose pods are processes, with a real Redis; its controllers are in this process. */
export class DisruptionCluster implements ConnectedTarget, Disruptable {
  readonly connectionsPerReplica = 8;
  replicas: readonly Replica[] = [];
  /** What was done to it, in order. */
  readonly acts: string[] = [];
  putBackProblem: string | undefined;
  rejoinProblem: string | undefined;
  /** How long a replica took to become ready, as the cluster tells it. */
  readySeconds: number | undefined;
  /** No pod is started any more. */
  isFull = false;
  redisLeftOut: string | undefined;
  readonly #pods: Pod[] = [];
  readonly #working = new Set<Promise<unknown>>();
  #redisUid = "redis-uid-0";
  /** Redis' latest restart. */
  #redisBack: Promise<unknown> = Promise.resolve();
  #wanted = 2;
  #revision = 1;
  #made = 0;
  #disposed = false;
  #isCutOff = false;

  private constructor(
    private readonly options: ClusterOptions,
    private readonly stub: StartedServer,
    private readonly redis: StartedRedis,
  ) {}

  static async start(options: ClusterOptions = {}): Promise<DisruptionCluster> {
    // Without a password it lets in nobody who does not come from 127.0.0.1.
    const redis = await startRedis({ password: "geheim" });
    const cluster = new DisruptionCluster(options, await startStub(), redis);
    await cluster.#scaleTo(2);
    cluster.replicas = cluster.#pods.flatMap(({ replica }) => replica ?? []);
    return cluster;
  }

  get workload(): Workload {
    return {
      ...{ server: "https://api.test", context: "test", namespace: "plano-test" },
      deployment: { name: "plano", uid: "deployment-uid", replicas: 2 },
      pods: this.#pods.map(({ name, uid }) => ({ name, uid, readySeconds: this.readySeconds })),
      autoscaler: { name: "plano", uid: "autoscaler-uid", min: 2, max: 5 },
      redis:
        this.redisLeftOut === undefined
          ? { pod: { name: "redis-0", uid: this.#redisUid }, owner: "StatefulSet redis" }
          : { leftOut: this.redisLeftOut },
      leftover: undefined,
    };
  }

  async disruptable(): Promise<Disruptable> {
    return this;
  }

  async look(): Promise<DeploymentLook> {
    return {
      wanted: this.#wanted,
      observed: true,
      updated: this.#pods.filter(({ revision, leaving }) => revision === this.#revision && !leaving).length,
      revision: String(this.#revision),
      pods: this.#pods.map(({ name, uid, leaving, replica, gate }): PodLook => {
        const ready = replica !== undefined && !leaving;
        const state = leaving ? "ending" : ready ? "ready" : "starting";
        return { name, uid, leaving, ready, state, replica, podIp: gate?.podIp };
      }),
    };
  }

  async redisMaster(): Promise<NamedObject> {
    throw new Error("there is one Redis only");
  }

  async redisPods(): Promise<readonly PodLook[]> {
    return [{ name: "redis-0", uid: this.#redisUid, ready: true, leaving: false, state: "ready" }];
  }

  async endpoints(): Promise<ReadonlySet<string>> {
    return new Set([this.#redisUid, ...this.#pods.flatMap(({ uid, leaving }) => (leaving ? [] : [uid]))]);
  }

  async missingRights(_: readonly Right[]): Promise<readonly Right[]> {
    return [];
  }

  async deletePod({ name, uid }: NamedObject): Promise<void> {
    this.acts.push(`delete ${name.startsWith("redis") ? name : "a pod"}`);
    if (uid === this.#redisUid) return (this.#redisBack = this.#restartRedis());
    const pod = this.#pods.find((it) => it.uid === uid);
    if (pod === undefined) throw new Unmeasurable(`there is no pod ${name} with this uid`);
    this.#work(this.#end(pod));
    this.#work(this.#scaleTo(this.#wanted));
  }

  async roll(): Promise<void> {
    this.acts.push("roll");
    const old = this.#pods.filter(({ leaving }) => !leaving);
    this.#revision++;
    this.#work(
      (async () => {
        for (const pod of old) {
          await this.#add();
          this.#work(this.#end(pod));
        }
      })(),
    );
  }

  async hold(replicas: number): Promise<void> {
    this.acts.push(`hold ${replicas}`);
    this.#wanted = replicas;
    if (!this.isFull) this.#work(this.#scaleTo(replicas));
  }

  async putBack(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.acts.push("put back");
    if (this.putBackProblem !== undefined) throw new Unmeasurable(this.putBackProblem);
    this.#wanted = 2;
    this.#work(this.#scaleTo(2));
    await this.rejoin(signal);
  }

  async pauseUrl(): Promise<string | undefined> {
    return this.redis.url;
  }

  async keptFromRedis({ uid }: NamedObject): Promise<string | undefined> {
    const isClosed = this.#pods.find((it) => it.uid === uid)?.gate?.isClosed === true;
    return isClosed ? "Redis at redis:6379 does not let this pod in yet: connect ECONNREFUSED" : undefined;
  }

  async cutOff({ uid }: NamedObject): Promise<void> {
    this.acts.push("cut off a pod");
    const gate = this.#pods.find((it) => it.uid === uid)?.gate;
    if (gate !== undefined) gate.isClosed = this.options.enforcesPolicies ?? true;
    this.#isCutOff = true;
  }

  async rejoin(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) throw new Unmeasurable("interrupted");
    if (!this.#isCutOff) return false;
    if (this.rejoinProblem !== undefined) throw new Unmeasurable(this.rejoinProblem);
    this.acts.push("rejoin");
    this.#isCutOff = false;
    for (const pod of this.#pods.filter(({ gate }) => gate?.isClosed)) {
      if (pod.gate !== undefined) pod.gate.isClosed = false;
      // As the side-car has it done where a gateway does not connect again for a minute.
      if (this.options.restartsBroken === false) this.#work(this.#restartInPlace(pod));
    }
    return true;
  }

  async redisUrl(): Promise<string> {
    return this.redis.url;
  }

  async jaegerUrl(): Promise<string> {
    throw new Unmeasurable("no Jaeger was named");
  }

  explain(): undefined {
    return undefined;
  }

  async changes(): Promise<readonly string[]> {
    return [];
  }

  async #scaleTo(replicas: number): Promise<void> {
    const staying = this.#pods.filter(({ leaving }) => !leaving);
    await Promise.all(Array.from({ length: replicas - staying.length }, () => this.#add()));
    await Promise.all(staying.slice(replicas).map((pod) => this.#end(pod)));
  }

  async #add(): Promise<void> {
    const number = this.#made++;
    const pod: Pod = { name: `plano-${number}`, uid: `uid-${number}-0000`, revision: this.#revision, leaving: false };
    this.#pods.push(pod);
    pod.gate = await startGate(this.redis.port, `127.88.0.${number + 1}`);
    await this.#startProcess(pod);
  }

  async #startProcess(pod: Pod): Promise<void> {
    const number = Number(pod.name.replace("plano-", ""));
    const { restartsBroken = true, fault = () => "none", planoVersion = "0.4.27" } = this.options;
    const redisUrl = this.redis.url.replace(/@.*/, `@${pod.gate?.address}`);
    const terms = { redisUrl, stubUrl: this.stub.url, planoVersion, env: { STANDIN_RELEASE: planoVersion } };
    // It would end at once where Redis is away.
    await this.#redisBack;
    const gateway = await startGateway({ ...terms, podName: pod.name, fault: fault(number) });
    if (this.#disposed) return void (await gateway.stop("SIGKILL"));
    pod.gateway = gateway;
    pod.replica = { name: pod.name, pod: pod.name, url: gateway.url };
    if (!restartsBroken) return;
    const restart = async (): Promise<void> => {
      const losesRedis = (): Promise<boolean> =>
        gateway.printed(/redis_connection_lost/).then(
          () => true,
          () => false,
        );
      while (!(await losesRedis())) if (pod.leaving || this.#disposed) return;
      await this.#restartInPlace(pod);
    };
    // Not waited for: it ends when there is nothing left to restart.
    restart().catch(() => undefined);
  }

  async #restartInPlace(pod: Pod): Promise<void> {
    do await delay(500);
    while (pod.gate?.isClosed && !this.#disposed);
    if (pod.leaving || this.#disposed) return;
    pod.replica = undefined;
    await pod.gateway?.stop("SIGKILL");
    await this.#startProcess(pod);
  }

  async #end(pod: Pod): Promise<void> {
    pod.leaving = true;
    await delay(this.options.graceMs ?? 150);
    await pod.gateway?.stop("SIGTERM");
    await pod.gate?.[Symbol.asyncDispose]();
    this.#pods.splice(this.#pods.indexOf(pod), 1);
  }

  async #restartRedis(): Promise<void> {
    const redis = new Redis(this.redis.url).on("error", () => undefined);
    const keys = this.options.persists === false ? [] : await redis.keys("plano:affinity:*");
    const read = async (key: string) => [key, (await redis.get(key)) ?? "", await redis.pttl(key)] as const;
    const pins = await Promise.all(keys.map(read));
    const misses = this.#pods.flatMap(({ gateway }) => (gateway === undefined ? [] : [this.#missesRedis(gateway)]));
    await this.redis.kill();
    // It is away long enough for every replica to notice, by requests of sessions that it has pins of.
    if (this.options.restartsBroken === false) await Promise.all(misses.map((missed) => missed()));
    await this.redis.restart();
    if (this.options.restartsBroken === false) for (const pod of this.#pods) this.#work(this.#reconnected(pod));
    await Promise.all(pins.map(([key, value, pttl]) => redis.set(key, value, "PX", pttl, "NX")));
    redis.disconnect();
    this.#redisUid = "redis-uid-1";
  }

  /** Where Redis is back too late for a gateway's second attempt, the third comes after a minute or two. */
  async #reconnected(pod: Pod): Promise<void> {
    const hasRedis = (): true | undefined => {
      const [lost = 0, restored = 0] = ["lost", "restored"].map((it) =>
        pod.gateway?.output().lastIndexOf(`redis_connection_${it}`),
      );
      return restored > lost || this.#disposed || undefined;
    };
    await waitFor({ subject: `Redis at ${pod.name}`, limitMs: 4_000 }, hasRedis).catch(() => this.#restartInPlace(pod));
  }

  /** @returns waits until a replica has failed to ask Redis once more than now */
  #missesRedis(gateway: StartedGateway): () => Promise<void> {
    const count = (): number => gateway.output().split("redis_command_failed").length;
    const before = count();
    return async () =>
      void (await waitFor(
        { subject: "a request without Redis", limitMs: 30_000, intervalMs: 20 },
        () => count() > before || undefined,
      ));
  }

  #work(work: Promise<unknown>): void {
    const tracked = work.finally(() => this.#working.delete(tracked));
    this.#working.add(tracked);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    await Promise.allSettled(this.#pods.map(async ({ gateway }) => gateway?.stop("SIGKILL")));
    await Promise.allSettled(this.#pods.map(async ({ gate }) => gate?.[Symbol.asyncDispose]()));
    await Promise.allSettled(this.#working);
    await this.stub[Symbol.asyncDispose]();
    await this.redis[Symbol.asyncDispose]();
  }
}

/** Limits with which nobody has to wait for long. */
export const shortLimits: Limits = {
  ...defaultLimits,
  landMs: 10_000,
  recoverMs: 15_000,
  recoverPerReplicaMs: 0,
  intervalMs: 50,
};

/** Runs one check against a target, without the shared sessions. */
export async function conclude(check: Check, target: ConnectedTarget, overrides: Partial<VerifyOptions> = {}): Promise<Finding> {
  const options = { ...defaultOptions, checks: [check.id], allowDisruption: true, timeoutSeconds: 5, ...overrides };
  const signal = options.signal ?? new AbortController().signal;
  using client = new HttpClient({ ...options, connectionsPerReplica: target.connectionsPerReplica });
  const asker = new Asker({ ...options, client, clock: systemClock, signal, explain: () => undefined });
  const { replicas } = target;
  const terms = { prompts: defaultPrompts, clock: systemClock, progress: () => undefined, freshnessKnown: true };
  const run: RunContext = { options, target, replicas, asker, signal, ...terms };
  const survey = await surveyPrompts(run, true);
  const running = await check.begin(run);
  return await running.conclude({
    survey,
    control: judgeSurvey(survey),
    choice: choosePrompts(survey, run.replicas.length),
    sessions: [],
    playTo: async () => undefined,
  });
}

export function eventsOf({ evidence }: Finding): readonly DisruptionEvent[] {
  return evidence["events"] as readonly DisruptionEvent[];
}

/** Runs one check, and compares what it finds and what it did. */
export async function expectFinding(
  cluster: DisruptionCluster,
  check: Check,
  expected: { readonly verdict: Verdict; readonly summary: RegExp; readonly acts?: readonly string[] },
  overrides?: Partial<VerifyOptions>,
): Promise<Finding> {
  const finding = await conclude(check, cluster, overrides);
  assert.match(finding.summary, expected.summary);
  assert.equal(finding.verdict, expected.verdict);
  if (expected.acts !== undefined) assert.deepEqual(cluster.acts, expected.acts);
  return finding;
}
