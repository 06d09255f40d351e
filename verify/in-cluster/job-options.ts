import type { Violation } from "../common/errors";
import { builtIn, contractOf } from "../contracts";
import { disruptiveOf, type KubernetesTarget, type VerifyOptions } from "../options";
import { racePlan } from "../run/plan";

/** For fetching the image, starting, and waiting for spans, in seconds. */
const overheadSeconds = 300;

/** The prompts without the header are asked in a few waves. */
const controlWaves = 5;

/** A Job that runs for longer than a day has been forgotten. */
const mostSeconds = 86_400;

/**
 * Pure: the longest that a run with these options can take in good order, in seconds: each request at its limit, and the
 * life of a pin twice where `expiry` waits for its end, four times where reads prolong it. It ends only Jobs that hang.
 */
export function deadlineSeconds(options: VerifyOptions): number {
  const { sessions, rounds, concurrency, timeoutSeconds, ttlSeconds, checks } = options;
  const lives = contractOf(options).redis?.sliding === true ? 4 : 2;
  const race = racePlan(options, 2);
  // Its sessions have three rounds.
  const races = checks.includes("race") ? 3 * Math.ceil(race.count / race.atOnce) : 0;
  const waves = controlWaves + Math.ceil(sessions / concurrency) * rounds + races;
  const expiry = checks.includes("expiry") ? lives * ttlSeconds : 0;
  return Math.min(mostSeconds, Math.ceil(overheadSeconds + waves * timeoutSeconds + expiry));
}

/** Name, in the program's folder, of the file with the prompts. */
export const promptsFile = "prompts.txt";

/** Name, in the program's folder, of the file with a contract that is not built in. */
export const contractFile = "contract.yaml";

export type JobOptions = VerifyOptions & { readonly target: KubernetesTarget };

/** Pure: the arguments that give the Job's verifier the same options, with the JSON report on standard output. */
export function jobArguments(options: JobOptions): string[] {
  const { namespace, selector, redis, jaeger } = options.target;
  const { contract } = options;
  // The question before a disruption and the end of the run stay here. Another option does not compile until it is handed on.
  const lines: { readonly [option in keyof Omit<VerifyOptions, "signal" | "confirmDisruption">]-?: readonly string[] } = {
    target: [
      `--namespace=${namespace}`,
      `--selector=${selector}`,
      ...(redis !== undefined && "url" in redis ? [`--redis-url=${redis.url}`] : []),
      ...(jaeger !== undefined && "url" in jaeger ? [`--jaeger-url=${jaeger.url}`] : []),
    ],
    checks: [`--checks=${options.checks.join(",")}`],
    sessions: [`--sessions=${options.sessions}`],
    rounds: [`--rounds=${options.rounds}`],
    sessionPrefix: options.sessionPrefix === undefined ? [] : [`--session-prefix=${options.sessionPrefix}`],
    model: [`--model=${options.model}`],
    tenant: options.tenant === undefined ? [] : [`--tenant=${options.tenant.name}=${options.tenant.value}`],
    // From the cluster, as the password is.
    redisCa: [],
    authorization: [],
    ttlSeconds: [`--ttl=${options.ttlSeconds}`],
    contract: contract === undefined ? [] : [`--contract=${builtIn(contract.name)?.name ?? contractFile}`],
    pin: options.pin === undefined || contract !== undefined ? [] : [`--pin=${options.pin}`],
    api: options.api === undefined ? [] : [`--api=${options.api}`],
    stream: options.stream === true ? ["--stream"] : [],
    turns: options.turns === undefined ? [] : [`--turns=${options.turns}`],
    prompts: options.prompts === undefined ? [] : [`--prompts=${promptsFile}`],
    concurrency: [`--concurrency=${options.concurrency}`],
    timeoutSeconds: [`--timeout=${options.timeoutSeconds}`],
    maxFailedRequests: [`--max-failed-requests=${options.maxFailedRequests}`],
    rate: options.rate === undefined ? [] : [`--rate=${options.rate}`],
    allowDisruption: options.allowDisruption === true ? ["--yes"] : [],
  };
  return ["verify", ...Object.values(lines).flat(), "--report=json=-"];
}

export interface InClusterRequest {
  /** `print`: manifests to standard output; `apply`: create them, wait for the report, remove them. */
  readonly mode: "print" | "apply";
  /** Image of the Job: any with Node.js 20 or newer as `node` on its PATH. */
  readonly image: string;
}

/** The official Node.js image; its user `node` has the number 1000. Digest: docker-library/repo-info, repos/node/remote/24-slim.md. */
export const defaultImage =
  "docker.io/library/node:24-slim@sha256:cd84903a12dbd26b46f1f3b8144a2568c41c5d37ddd0c7a80a34c7a19786b35f";

/** Everything that keeps these options from being handed to a Job. */
export function inClusterViolations({ mode, image }: InClusterRequest, options: VerifyOptions, reports: number): Violation[] {
  const violations: Violation[] = [];
  const add = (path: string, reason: string, remedy: string): void => void violations.push({ path, reason, remedy });
  if (!/^[a-z0-9][^\s]*$/i.test(image)) add("--image", "it is no reference of an image", "name one with Node.js 20");
  if (options.target.kind !== "kubernetes") {
    add(
      "--in-cluster",
      "a Job finds the replicas by itself, as pods of its namespace",
      "leave out --replica and --url, or --in-cluster",
    );
  } else if (options.target.redis !== undefined && "url" in options.target.redis && hasCredentials(options.target.redis.url)) {
    add(
      "--redis-url",
      "its user name or password would stand in the manifests",
      "leave them out, or put the whole URL under REDIS_URL in Secret plano-secrets, which the Job reads",
    );
  }
  if (options.authorization !== undefined) {
    const remedy = "unset it, and put it under AUTHORIZATION in Secret plano-secrets, which the Job reads";
    add("PLANO_AFFINITY_AUTHORIZATION", "it would stand in the manifests", remedy);
  }
  for (const check of disruptiveOf(options.checks)) {
    add("--checks", `${check} cannot be run in the cluster yet`, "run it from outside, without --in-cluster");
  }
  if (mode === "print" && reports > 0) {
    add(
      "--report",
      "manifests are printed and nothing is run; the log of the Job will be its JSON report",
      "leave it out, or use --in-cluster=apply, which fetches the report",
    );
  }
  return violations;
}

function hasCredentials(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { username, password } = new URL(url);
  return username !== "" || password !== "";
}
