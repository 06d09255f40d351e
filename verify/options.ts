import { headerName, isReservedHeader } from "../lib/http-headers";
import { checkIds, defaultChecks, disruptiveChecks } from "./check-ids";
import type { Violation } from "./common/errors";
import type { PinKind } from "./redis/pin";

/** Replicas discovered as pods of a Kubernetes cluster. */
export interface KubernetesTarget {
  readonly kind: "kubernetes";
  /** Kubeconfig as YAML; default: the usual files, or the service account when inside a cluster. */
  readonly kubeconfig?: string;
  /** Default: the kubeconfig's current context. */
  readonly context?: string;
  readonly namespace: string;
  /** Label selector of the gateway's pods. */
  readonly selector: string;
  /** Where the pins are. Without a password, key `REDIS_PASSWORD` of Secret `plano-secrets` is used when readable. */
  readonly redis?: { readonly selector: string; readonly password?: string } | { readonly url: string };
  /** Where the traces are. */
  readonly jaeger?: { readonly selector: string } | { readonly url: string };
}

/** Endpoints that the user names; no Kubernetes. */
export interface ReplicasTarget {
  readonly kind: "replicas";
  readonly replicas: readonly { readonly name: string; readonly url: string }[];
  readonly redisUrl?: string;
  readonly jaegerUrl?: string;
}

/** A load balancer in front of the replicas: a smoke test, no proof. */
export interface UrlTarget {
  readonly kind: "url";
  readonly url: string;
}

export interface VerifyOptions {
  readonly target: KubernetesTarget | ReplicasTarget | UrlTarget;
  /** Number of sessions, at least 1. */
  readonly sessions: number;
  /** Requests of each session, at least 2. */
  readonly rounds: number;
  /** Ids are the prefix and a number from 001. Default: unique per run; a fixed one may meet pins of an earlier run. */
  readonly sessionPrefix?: string;
  /**
   * Ids of the checks to run, from `check-ids.ts`. A check that the target lacks something for, such as `traces` without a
   * Jaeger, is `unknown`, and so is the run then.
   */
  readonly checks: readonly string[];
  /** Life of a pin's key as the gateway writes it, in seconds. */
  readonly ttlSeconds: number;
  /** How the gateway keeps a session on its model. Default `fixed`. */
  readonly pin?: PinKind;
  /** The `model` of every request. */
  readonly model: string;
  /** At least two different ones. Default: a list of the verifier's own, for several models. */
  readonly prompts?: readonly string[];
  /** Tenant header sent with every request; its value is part of the pin's key. */
  readonly tenant?: { readonly name: string; readonly value: string };
  /** Sessions played at the same time; the rounds of one session are always one after another. */
  readonly concurrency: number;
  /** Limit of one request, in seconds. */
  readonly timeoutSeconds: number;
  /**
   * Failed attempts that a pass may have, also those that a retry repaired; what fails while `faults` or `scale` disturb
   * the deployment does not count.
   */
  readonly maxFailedRequests: number;
  /** Whether `scale` and `faults` may change the deployment; they cannot be asked for without. Default false. */
  readonly allowDisruption?: boolean;
  /** Asked once before they do, with the lines that say what they will do; false ends the run with a UsageError. */
  readonly confirmDisruption?: (plan: readonly string[]) => Promise<boolean>;
  /** Aborting ends the run early with a report whose verdict is `unknown`, reason `interrupted`. */
  readonly signal?: AbortSignal;
}

/** What the command line does where nothing else is said, for a stack of this project: to be spread into other options. */
export const defaultOptions = {
  target: {
    kind: "kubernetes",
    namespace: "plano-demo",
    selector: "app=plano",
    redis: { selector: "app=redis" },
    jaeger: { selector: "app=jaeger" },
  },
  sessions: 4,
  rounds: 4,
  checks: defaultChecks,
  ttlSeconds: 600,
  pin: "fixed",
  model: "openai/gpt-4o-mini",
  concurrency: 16,
  timeoutSeconds: 60,
  maxFailedRequests: 0,
} as const satisfies VerifyOptions;

/** Everything that is wrong with the options, at once. */
export function violationsOf(options: VerifyOptions): Violation[] {
  const knownChecks: readonly string[] = checkIds;
  const violations: Violation[] = [];
  const add = (path: string, reason: string, remedy: string): void => void violations.push({ path, reason, remedy });
  const wholeNumber = (path: string, value: number, least: number, most: number): void => {
    if (Number.isInteger(value) && value >= least && value <= most) return;
    add(path, `${String(value)} is not a whole number from ${least} to ${most}`, `give one, e.g. ${path} ${least + 3}`);
  };
  wholeNumber("--sessions", options.sessions, 1, 1_000_000);
  wholeNumber("--rounds", options.rounds, 2, 1_000);
  wholeNumber("--ttl", options.ttlSeconds, 1, 31_536_000);
  wholeNumber("--concurrency", options.concurrency, 1, 1_024);
  wholeNumber("--max-failed-requests", options.maxFailedRequests, 0, 1_000_000_000);
  if (!(options.timeoutSeconds > 0 && options.timeoutSeconds <= 3_600)) {
    add("--timeout", `${String(options.timeoutSeconds)} is not a time from 0 to 3600 seconds`, "e.g. --timeout 60");
  }
  if (options.model.trim() === "") add("--model", "it is empty", "name a model of the gateway, e.g. openai/gpt-4o-mini");
  if (options.sessionPrefix !== undefined && !/^[\x21-\x7e]{1,200}$/.test(options.sessionPrefix)) {
    add("--session-prefix", "it goes into a header", "use 1 to 200 visible ASCII characters without spaces");
  }
  if (options.prompts !== undefined && new Set(options.prompts).size < 2) {
    add("--prompts", "there are fewer than two different prompts", "list some that need different models, one a line");
  }
  if (options.tenant !== undefined) {
    const { name, value } = options.tenant;
    if (!headerName.test(name) || !/^[\x21-\x7e]+$/.test(value)) {
      add("--tenant", "it is not a header name and a value", "write NAME=VALUE, e.g. --tenant x-tenant-id=acme");
    } else if (isReservedHeader(name)) {
      const remedy = "name the header that the gateway takes the tenant from";
      add("--tenant", `the header ${name} is set by every request itself`, remedy);
    }
  }
  for (const check of options.checks.filter((id) => !knownChecks.includes(id))) {
    add("--checks", `there is no check "${check}"`, `choose from ${knownChecks.join(", ")}`);
  }
  if (!["fixed", "anchored", undefined].includes(options.pin)) {
    add("--pin", `"${String(options.pin)}" is no kind of pin`, "choose from fixed, anchored");
  } else if (options.pin === "anchored" && options.checks.includes("expiry")) {
    const reason = "the check expiry waits for a pin to run out that is being read, and reads of an anchored one prolong it";
    add("--checks", reason, "leave expiry out with --pin anchored");
  }
  if (options.checks.length === 0 && options.target.kind !== "url") {
    add("--checks", "no check is left to run", `choose from ${knownChecks.join(", ")}`);
  }
  return [...violations, ...targetViolations(options.target), ...disruptionViolations(options)];
}

function targetViolations(target: VerifyOptions["target"]): Violation[] {
  switch (target.kind) {
    case "url":
      return urlViolation("--url", target.url, ["http:", "https:"]);
    case "kubernetes":
      return [
        ...(target.namespace === "" ? [emptyViolation("--namespace")] : []),
        ...(target.selector === "" ? [emptyViolation("--selector")] : []),
        ...backendViolations(
          target.redis !== undefined && "url" in target.redis ? target.redis.url : undefined,
          target.jaeger !== undefined && "url" in target.jaeger ? target.jaeger.url : undefined,
        ),
      ];
    case "replicas":
      return [...replicaViolations(target.replicas), ...backendViolations(target.redisUrl, target.jaegerUrl)];
  }
}

function backendViolations(redisUrl?: string, jaegerUrl?: string): Violation[] {
  return [
    ...(redisUrl === undefined ? [] : urlViolation("--redis-url", redisUrl, ["redis:", "rediss:"])),
    ...(jaegerUrl === undefined ? [] : jaegerViolation(jaegerUrl)),
  ];
}

/** Unlike the replicas, Jaeger is read by `fetch`, which refuses a login in a URL, and repeats it. */
function jaegerViolation(url: string): Violation[] {
  const path = "--jaeger-url";
  const bad = urlViolation(path, url, ["http:", "https:"]);
  if (bad.length > 0) return bad;
  const { username, password } = new URL(url);
  if (username === "" && password === "") return [];
  const remedy = "name an address of Jaeger that asks for no login, e.g. of a port-forward";
  return [{ path, reason: "the URL has a user name or password, and Jaeger is read without", remedy }];
}

function replicaViolations(replicas: readonly { readonly name: string; readonly url: string }[]): Violation[] {
  const violations: Violation[] = [];
  const nameOf = new Map<string, string>();
  const names = new Set<string>();
  for (const { name, url } of replicas) {
    if (name === "") violations.push(emptyViolation("--replica"));
    if (names.has(name)) {
      violations.push({ path: "--replica", reason: `the name "${name}" is given twice`, remedy: "name each replica once" });
    }
    names.add(name);
    const bad = urlViolation("--replica", url, ["http:", "https:"]);
    violations.push(...bad);
    if (bad.length > 0) continue;
    const { origin, pathname } = new URL(url);
    const address = `${origin}${pathname.replace(/\/+$/, "")}`;
    const other = nameOf.get(address);
    if (other !== undefined && other !== name) {
      violations.push({
        path: "--replica",
        reason: `"${other}" and "${name}" are the same URL, ${address}`,
        remedy: "give each replica an address of its own, past any load balancer",
      });
    }
    nameOf.set(address, name);
  }
  return violations;
}

function emptyViolation(path: string): Violation {
  return { path, reason: "it is empty", remedy: "give it a value or leave the option out" };
}

/** The URL itself is not repeated: it may hold a password. */
function urlViolation(path: string, url: string, schemes: readonly string[]): Violation[] {
  const example = `${path === "--replica" ? "a=" : ""}${schemes[0]}//127.0.0.1:${schemes[0] === "redis:" ? 6379 : 12000}`;
  const remedy = `write ${schemes.map((scheme) => `${scheme}//`).join(" or ")} and a host, e.g. ${path} ${example}`;
  if (!URL.canParse(url)) return [{ path, reason: "the URL cannot be read", remedy }];
  const { protocol, hostname } = new URL(url);
  if (schemes.includes(protocol) && hostname !== "") return [];
  return [{ path, reason: `a URL of the kind ${protocol}// does not fit here`, remedy }];
}

/** Pure: those of the checks asked for that change the deployment. */
export function disruptiveOf(checks: readonly string[]): string[] {
  return disruptiveChecks.filter((id) => checks.includes(id));
}

/** Pure: `scale and faults change`. */
export function whatChanges(checks: readonly string[]): string {
  return `${checks.join(" and ")} ${checks.length === 1 ? "changes" : "change"}`;
}

/** Pure: what is wrong with options that ask for such a check. */
function disruptionViolations({ target, checks, allowDisruption }: VerifyOptions): Violation[] {
  const asked = disruptiveOf(checks);
  if (asked.length === 0) return [];
  const change = whatChanges(asked);
  if (target.kind !== "kubernetes") {
    const reason = `${change} a Deployment, and --${target.kind === "url" ? "url" : "replica"} names none`;
    return [{ path: "--checks", reason, remedy: "leave it out, or verify the pods of a cluster with --namespace" }];
  }
  if (allowDisruption === true) return [];
  const reason = `${change} the deployment, and that was not allowed`;
  return [{ path: "--checks", reason, remedy: "add --yes and --namespace, or set allowDisruption" }];
}
