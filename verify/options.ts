import { headerName, isReservedHeader } from "../lib/http-headers";
import { isDecodable } from "../lib/net";
import { apiNames, apis, turnKinds, type Asking } from "./apis";
import { checkIds, defaultChecks, disruptiveChecks, type CheckId } from "./check-ids";
import type { Violation } from "./common/errors";
import { contractOf, requestHeaders, type Contract, type PinKind } from "./contracts";

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

/** A load balancer: proved by checks of its own where traces or `replicaHeader` say which replica answered, else smoke-tested. */
export interface UrlTarget {
  readonly kind: "url";
  readonly url: string;
  readonly redisUrl?: string;
  readonly jaegerUrl?: string;
}

export interface VerifyOptions extends Asking {
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
  /** What the gateway promises. Default: Plano's contract that `pin` names. */
  readonly contract?: Contract;
  /** How Plano keeps a session on its model. Default `fixed`. */
  readonly pin?: PinKind;
  /** The `model` of every request. */
  readonly model: string;
  /** Certificates (PEM) of authorities that a `rediss://` Redis may have its certificate from, beside the public ones. */
  readonly redisCa?: string;
  /** Value of the header `authorization` of every request; it is in no report. Default: none is sent. */
  readonly authorization?: string;
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
  /** Requests a second while they do. Default: 20; where the deployment answers fewer in a second, a third of those. */
  readonly rate?: number;
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
  api: "chat",
  stream: false,
  turns: "user",
  model: "openai/gpt-4o-mini",
  concurrency: 16,
  timeoutSeconds: 60,
  maxFailedRequests: 0,
} as const satisfies VerifyOptions;

type Add = (path: string, reason: string, remedy: string) => void;

/** Everything that is wrong with the options, at once. */
export function violationsOf(options: VerifyOptions): Violation[] {
  const { target, checks, model, sessionPrefix, prompts, tenant, pin, timeoutSeconds, authorization } = options;
  const { api = "chat", turns = "user" } = options;
  const contract = contractOf(options);
  const violations: Violation[] = [];
  const add: Add = (path, reason, remedy) => void violations.push({ path, reason, remedy });
  const wholeNumber = (path: string, value: number, least: number, most: number): void => {
    if (Number.isInteger(value) && value >= least && value <= most) return;
    add(path, `${String(value)} is not a whole number from ${least} to ${most}`, `give one, e.g. ${path} ${least + 3}`);
  };
  wholeNumber("--sessions", options.sessions, 1, 1_000_000);
  wholeNumber("--rounds", options.rounds, 2, 1_000);
  wholeNumber("--ttl", options.ttlSeconds, 1, 31_536_000);
  wholeNumber("--concurrency", options.concurrency, 1, 1_024);
  wholeNumber("--max-failed-requests", options.maxFailedRequests, 0, 1_000_000_000);
  if (options.rate !== undefined) wholeNumber("--rate", options.rate, 1, 1_000);
  if (!(timeoutSeconds > 0 && timeoutSeconds <= 3_600)) {
    add("--timeout", `${String(timeoutSeconds)} is not a time above 0 and up to 3600 seconds`, "e.g. --timeout 60");
  }
  if (model.trim() === "") add("--model", "it is empty", "name a model of the gateway, e.g. openai/gpt-4o-mini");
  if (sessionPrefix !== undefined && !/^[\x21-\x7e]{1,200}$/.test(sessionPrefix)) {
    add("--session-prefix", "it goes into a header", "use 1 to 200 visible ASCII characters without spaces");
  }
  if (prompts !== undefined && new Set(prompts).size < 2) {
    add("--prompts", "there are fewer than two different prompts", "list some that need different models, one a line");
  }
  if (tenant !== undefined && (!headerName.test(tenant.name) || !/^[\x21-\x7e]+$/.test(tenant.value))) {
    add("--tenant", "it is not a header name and a value", "write NAME=VALUE, e.g. --tenant x-tenant-id=acme");
  } else if (tenant !== undefined && (isReservedHeader(tenant.name) || isOwnHeader(tenant.name, contract, authorization))) {
    const remedy = "name the header that the gateway takes the tenant from";
    add("--tenant", `the header ${tenant.name} is set by every request itself`, remedy);
  }
  if (authorization !== undefined && !/^[!-~]([ -~]*[!-~])?$/.test(authorization)) {
    const remedy = "use visible ASCII characters, e.g. Bearer <key>, or unset it";
    add("PLANO_AFFINITY_AUTHORIZATION", "it cannot be sent in a header", remedy);
  }
  for (const [at, name] of authorization === undefined ? [] : requestHeaders(contract)) {
    if (name.toLowerCase() !== "authorization") continue;
    add(
      `--contract ${contract.name}: ${at}`,
      "PLANO_AFFINITY_AUTHORIZATION would take its place",
      "unset the variable, or name another header",
    );
  }
  const choose = `choose from ${checkIds.join(", ")}`;
  const known: readonly string[] = checkIds;
  for (const check of checks.filter((id) => !known.includes(id))) add("--checks", `there is no check "${check}"`, choose);
  if (checks.length === 0 && target.kind !== "url") add("--checks", "no check is left to run", choose);
  if (!["fixed", "anchored", undefined].includes(pin)) {
    add("--pin", `"${String(pin)}" is no kind of pin`, "choose from fixed, anchored");
  }
  if (!apiNames.includes(api)) add("--api", `there is no API "${api}"`, `choose from ${apiNames.join(", ")}`);
  else if (options.stream === true && apis[api].stream === undefined)
    add("--stream", `the API ${api} answers with a decision, which is not streamed`, "leave it out, or choose another --api");
  if (!turnKinds.includes(turns)) add("--turns", `"${turns}" is no kind of turns`, `choose from ${turnKinds.join(", ")}`);
  checkTarget(target, add);
  checkDisruption(options, add);
  return violations;
}

/** Whether requests under this contract set the header themselves. */
function isOwnHeader(name: string, contract: Contract, authorization?: string): boolean {
  const own = [...requestHeaders(contract).map(([, it]) => it), ...(authorization === undefined ? [] : ["authorization"])];
  return own.some((it) => it.toLowerCase() === name.toLowerCase());
}

function checkTarget(target: VerifyOptions["target"], add: Add): void {
  const http = ["http:", "https:"];
  const notEmpty = (path: string, value: string): void => {
    if (value === "") add(path, "it is empty", "give it a value or leave the option out");
  };
  if (target.kind === "url") isUrl("--url", target.url, http, add);
  else if (target.kind === "kubernetes") {
    notEmpty("--namespace", target.namespace);
    notEmpty("--selector", target.selector);
  } else {
    const nameOf = new Map<string, string>();
    const names = new Set<string>();
    for (const { name, url } of target.replicas) {
      notEmpty("--replica", name);
      if (names.has(name)) add("--replica", `the name "${name}" is given twice`, "name each replica once");
      names.add(name);
      if (!isUrl("--replica", url, http, add)) continue;
      const { origin, pathname } = new URL(url);
      const address = `${origin}${pathname.replace(/\/+$/, "")}`;
      const other = nameOf.get(address) ?? name;
      const remedy = "give each replica an address of its own, past any load balancer";
      if (other !== name) add("--replica", `"${other}" and "${name}" are the same URL, ${address}`, remedy);
      nameOf.set(address, name);
    }
  }
  type Named = { readonly url?: string } | undefined;
  const redisUrl = target.kind === "kubernetes" ? (target.redis as Named)?.url : target.redisUrl;
  const jaegerUrl = target.kind === "kubernetes" ? (target.jaeger as Named)?.url : target.jaegerUrl;
  if (redisUrl !== undefined && isUrl("--redis-url", redisUrl, ["redis:", "rediss:"], add)) {
    const { pathname, search, hash } = new URL(redisUrl);
    const isDatabase = /^\/?\d{0,9}$/.test(pathname);
    if (search + hash !== "")
      add("--redis-url", "what follows ? or # in the URL is not read", "write redis://USER:PASSWORD@HOST:PORT/DATABASE");
    else if (!isDatabase) add("--redis-url", "the path of the URL is no number of a database", "e.g. redis://127.0.0.1:6379/0");
  }
  if (jaegerUrl === undefined || !isUrl("--jaeger-url", jaegerUrl, http, add)) return;
  // Jaeger is read without a login, and traces name its URL.
  const { username, password } = new URL(jaegerUrl);
  if (username === "" && password === "") return;
  const remedy = "name an address of Jaeger that asks for no login, e.g. of a port-forward";
  add("--jaeger-url", "the URL has a user name or password, and Jaeger is read without", remedy);
}

/** Pure: the checks of a run through a load balancer; none where nothing tells which replica answers. */
export function frontDoorCheckIds(options: Pick<VerifyOptions, "contract" | "pin">, target: UrlTarget): CheckId[] {
  const { redis, replicaHeader } = contractOf(options);
  if (target.jaegerUrl === undefined && replicaHeader === undefined) return [];
  const withRedis = redis !== undefined && target.redisUrl !== undefined;
  return ["control", "front-door", ...(withRedis ? (["redis"] as const) : [])];
}

/** Whether it is a URL of one of the schemes. The URL itself is not repeated: it may hold a password. */
function isUrl(path: string, url: string, schemes: readonly string[], add: Add): boolean {
  const example = `${path === "--replica" ? "a=" : ""}${schemes[0]}//127.0.0.1:${schemes[0] === "redis:" ? 6379 : 12000}`;
  const remedy = `write ${schemes.map((scheme) => `${scheme}//`).join(" or ")} and a host, e.g. ${path} ${example}`;
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed !== undefined && schemes.includes(parsed.protocol) && parsed.hostname !== "") {
    if (!isDecodable(url)) add(path, "a % in the user name or password is not encoded", "write %25 for it");
    return isDecodable(url);
  }
  const reason = parsed === undefined ? "the URL cannot be read" : `a URL of the kind ${parsed.protocol}// does not fit here`;
  add(path, reason, remedy);
  return false;
}

/** Pure: those of the checks asked for that change the deployment. */
export function disruptiveOf(checks: readonly string[]): string[] {
  return disruptiveChecks.filter((id) => checks.includes(id));
}

/** Pure: `scale and faults change`. */
export function whatChanges(checks: readonly string[]): string {
  return `${checks.join(" and ")} ${checks.length === 1 ? "changes" : "change"}`;
}

function checkDisruption({ target, checks, allowDisruption }: VerifyOptions, add: Add): void {
  const asked = disruptiveOf(checks);
  if (asked.length === 0) return;
  const change = whatChanges(asked);
  if (target.kind !== "kubernetes") {
    const reason = `${change} a Deployment, and --${target.kind === "url" ? "url" : "replica"} names none`;
    add("--checks", reason, "leave it out, or verify the pods of a cluster with --namespace");
  } else if (allowDisruption !== true) {
    add("--checks", `${change} the deployment, and that was not allowed`, "add --yes and --namespace, or set allowDisruption");
  }
}
