import {
  type GatewayOptions,
  type StartedCollector,
  type StartedServer,
  startCollector,
  startGateway,
  startRedis,
  startStub,
} from "../../standin/testing";
import { contracts, defaultOptions, type PinKind, type ReplicasTarget, verify } from "../../verify";
import { forEachConcurrently } from "../../verify/common/pool";
import { defaultPrompts } from "../../verify/prompts";
import type { Mutation, Outcome } from "./mutation";
import { mutations } from "./table";

/** A mutation and its outcome; no outcome for what is shown elsewhere. */
export interface Played {
  readonly mutation: Mutation;
  readonly outcome?: Outcome;
}

/** Deployments at the same time, of two processes each: those that mostly wait, and those that keep the machine busy. */
const concurrentMutations = { waiting: 5, busy: 2 };

/** Plays the whole table. @returns in the order of the table */
export async function playMutations(scene: Scene, signal = new AbortController().signal): Promise<readonly Played[]> {
  const played: Played[] = mutations.map((mutation) => ({ mutation }));
  // For pins to run out, or for spans that do not come.
  const isWaiting = ({ named, fault }: Mutation): boolean => named.expiry !== undefined || fault === "no-traces";
  const play = async (limit: number, waiting: boolean): Promise<void> => {
    const group = [...mutations.entries()].filter(([, one]) => isWaiting(one) === waiting && one.shownElsewhere === undefined);
    await forEachConcurrently(group, limit, signal, async ([i, mutation]) => {
      played[i] = { mutation, outcome: await playMutation(scene, mutation, signal) };
    });
  };
  await Promise.all([play(concurrentMutations.waiting, true), play(concurrentMutations.busy, false)]);
  signal.throwIfAborted();
  return played;
}

/** Without `race`, which has lines of its own: where affinity is broken it fails as well, or does not, as chance has it. */
const usualChecks = defaultOptions.checks.filter((id) => id !== "race");

function playMutation(scene: Scene, mutation: Mutation, signal?: AbortSignal): Promise<Outcome> {
  const { fault, pins, checks = usualChecks, options = {} } = mutation;
  const { ttlSeconds, tenant } = options;
  const terms = { ...defaultOptions, ...options, ...(pins === "anchored" ? anchoredTerms(ttlSeconds) : {}) };
  return scene.deploy({ fault, pins, ttlSeconds, tenantHeader: tenant?.name }, (target) =>
    verify({ ...terms, checks, target, signal }),
  );
}

/** The latest release whose keys live longer than anchors hold, in which bugs can hide. */
const anchoringRelease = "0.4.35";

/** How long its anchors hold, and by how much longer their keys live, in seconds. */
const anchors = { hold: 300, keyOutlives: 60 };

/** What it promises. */
function anchoredTerms(holdSeconds = anchors.hold) {
  const { redis, ...others } = contracts["plano-anchored"];
  return { contract: { ...others, redis: { ...redis, holdSeconds } }, ttlSeconds: holdSeconds + anchors.keyOutlives };
}

/**
 * How often healthy deployments are verified: 200 runs for the usual size and each kind of pins, and some for larger ones.
 * Sessions of each run: as many as it takes to cover every ordered pair.
 */
export const healthyRuns = [
  { replicas: 2, runs: 200, sessions: 4, pins: "fixed" },
  { replicas: 2, runs: 200, sessions: 4, pins: "anchored" },
  { replicas: 3, runs: 12, sessions: 6, pins: "fixed" },
  { replicas: 5, runs: 6, sessions: 10, pins: "fixed" },
] as const;

/** Three prompts for each model: most requests of a small run are the control's, which are the same in every run. */
const prompts = defaultPrompts.slice(0, 6);

/** Runs at the same time: most of a run's time is waiting for spans, and overlapping runs find more. */
const concurrentRuns = 12;

/** Verifies one healthy deployment many times with the default checks: what the runs said that were not a pass. */
export async function playHealthy(
  scene: Scene,
  { replicas, runs, sessions, pins }: (typeof healthyRuns)[number],
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const terms = { ...defaultOptions, ...(pins === "anchored" ? anchoredTerms() : {}), prompts, sessions, signal };
  const reports = await scene.deploy({ replicas, pins }, (target) =>
    atOnce(concurrentRuns, Array.from({ length: runs }), () => verify({ ...terms, target })),
  );
  return reports.filter(({ verdict }) => verdict !== "pass").map(({ verdict, reason }) => `no bug: ${verdict}: ${reason}`);
}

/** Runs `work` over all items, at most `limit` at a time; the results are in the order of the items. */
async function atOnce<T, R>(limit: number, items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  await forEachConcurrently([...items.entries()], limit, new AbortController().signal, async ([i, item]) => {
    results[i] = await work(item);
  });
  return results;
}

/** How a deployment differs from two healthy replicas. */
interface DeploymentOptions extends Pick<GatewayOptions, "fault" | "ttlSeconds" | "tenantHeader"> {
  /** Default 2. */
  readonly replicas?: number;
  /** Default `fixed`. */
  readonly pins?: PinKind;
}

/** What all deployments share and no fault touches: the LLM stub, and a collector that is asked like a Jaeger. */
export class Scene implements AsyncDisposable {
  private constructor(
    private readonly stub: StartedServer,
    private readonly collector: StartedCollector,
  ) {}

  /** @throws Error when Node.js cannot be started */
  static async start(): Promise<Scene> {
    const [stub, collector] = await Promise.all([startStub(), startCollector()]);
    return new Scene(stub, collector);
  }

  /**
   * Runs `work` against replicas of the stand-in with a Redis of their own: real processes on free ports.
   * @throws Error with what was printed by one that does not start
   */
  async deploy<T>(options: DeploymentOptions, work: (target: ReplicasTarget) => Promise<T>): Promise<T> {
    const { replicas = 2, pins, ...given } = options;
    const env = { STANDIN_RELEASE: anchoringRelease, STANDIN_WARM_SECONDS: String(given.ttlSeconds ?? anchors.hold) };
    const own = pins === "anchored" ? { ...given, planoVersion: anchoringRelease, env } : given;
    await using redis = await startRedis();
    const names = Array.from({ length: replicas }, (_, i) => String.fromCharCode("a".charCodeAt(0) + i));
    const shared = { redisUrl: redis.url, stubUrl: this.stub.url, otlpUrl: this.collector.url };
    const gateways = await Promise.all(names.map((name) => startGateway({ ...own, ...shared, podName: `pod-${name}` })));
    try {
      const urls = gateways.map(({ url }, i) => ({ name: names[i] ?? "", url }));
      return await work({ kind: "replicas", replicas: urls, redisUrl: redis.url, jaegerUrl: this.collector.url });
    } finally {
      await Promise.all(gateways.map((it) => it[Symbol.asyncDispose]()));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.stub[Symbol.asyncDispose](), this.collector[Symbol.asyncDispose]()]);
  }
}
