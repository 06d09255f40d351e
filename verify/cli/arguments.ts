import { tracesOfRouting } from "../apis";
import { UsageError, type Violation } from "../common/errors";
import { builtIn, contractOf, type Contract } from "../contracts";
import type { ContractReader } from "../contracts/read";
import { defaultImage, inClusterViolations, type InClusterRequest } from "../in-cluster/job-options";
import { defaultOptions, frontDoorCheckIds, violationsOf, type VerifyOptions } from "../options";
import { describeCommand, parse, strayArguments, type Typed } from "./command";
import { processTerminal, readConsent, type Terminal } from "./consent";
import { wantedReports } from "./wanted-reports";

/** What a command line asks for. */
export type CliRequest = Readonly<ReturnType<typeof parseArguments>>;

/** Pure: whether a contract is named that is not built in. */
export function namesContractFile(argv: readonly string[]): boolean {
  const named = argv.flatMap((word, i) => (/^--contract(=|$)/.test(word) ? [word.split("=")[1] ?? argv[i + 1] ?? ""] : []));
  return named.some((name) => builtIn(name) === undefined);
}

/** Reads the command line, with a leading `verify` or without. @throws UsageError, HelpRequested */
export function parseArguments(
  argv: readonly string[],
  terminal: Terminal = processTerminal,
  readContract: ContractReader = () => undefined,
) {
  const violations: Violation[] = [];
  const command = describeCommand(violations);
  parse(command, argv[0] === "verify" ? argv.slice(1) : argv);
  violations.push(...strayArguments(command.args));
  const typed = command.opts<Typed>();
  const isVariable = command.getOptionValueSource("redisUrl") === "env";
  const { sessions, rounds, sessionPrefix, prompts, tenant, concurrency, maxFailedRequests, rate } = typed;
  const { api, stream = false, turns } = typed;
  const named = typed.contract === undefined ? undefined : (builtIn(typed.contract) ?? readContract(typed.contract, violations));
  // Where it is named, the contract says it all.
  const pin = typed.contract === undefined ? typed.pin : undefined;
  const contract = contractOf({ contract: named, pin });
  const { model = contract.requestModel ?? defaultOptions.model, suggestPrompts = false } = typed;
  const reports = wantedReports(typed.report, violations);
  // A pipeline sets variables to nothing where their secrets are not set.
  const target = readTarget(isVariable && typed.redisUrl === "" ? { ...typed, redisUrl: undefined } : typed, violations);
  const key = process.env["PLANO_AFFINITY_AUTHORIZATION"] ?? "";
  const { checks, leftOut } = readChecks(typed, target, contract);
  const read = {
    ...{ sessions, rounds, sessionPrefix, model, prompts, tenant, concurrency, maxFailedRequests, rate, target },
    ...{ contract: named, pin, checks, api, stream, turns },
    ttlSeconds: typed.ttl ?? contract.redis?.ttlSeconds ?? defaultOptions.ttlSeconds,
    timeoutSeconds: typed.timeout,
    // Of a Job; on a machine of people Node's own NODE_EXTRA_CA_CERTS does as much.
    redisCa: process.env["PLANO_AFFINITY_CA_BUNDLE"],
    authorization: key === "" ? undefined : key,
  };
  const { allowDisruption, asksFirst } = readConsent(typed, read, terminal, violations);
  const options = { ...read, allowDisruption };
  violations.push(...violationsOf(options));
  const takesHints = { model: typed.model === undefined && contract.requestModel === undefined, prompts: prompts === undefined };
  if (suggestPrompts && (target.kind !== "kubernetes" || typed.inCluster !== undefined || prompts !== undefined))
    violations.push({
      path: "--suggest-prompts",
      reason: "it reads the routes from the ConfigMap of a gateway in Kubernetes, from here",
      remedy: "leave out --replica, --url, --prompts and --in-cluster",
    });
  const { image } = typed;
  const mode = typed.inCluster === true ? "print" : "apply";
  const inCluster: InClusterRequest | undefined = typed.inCluster && { mode, image: image ?? defaultImage };
  if (inCluster !== undefined) violations.push(...inClusterViolations(inCluster, options, reports.length));
  else if (image !== undefined) {
    violations.push({ path: "--image", reason: "it names the image of a Job in the cluster", remedy: "add --in-cluster" });
  }
  if (violations.length > 0) throw new UsageError(isVariable ? violations.map(ofVariable) : violations);
  const { quiet = false, color } = typed;
  return { options, takesHints, leftOut, suggestPrompts, reports, quiet, color, asksFirst, inCluster };
}

function readTarget(typed: Typed, violations: Violation[]): VerifyOptions["target"] {
  const { url, replica, jaegerUrl } = typed;
  const given = {
    "--replica": replica,
    "--url": url,
    "--namespace, --selector or --context": typed.namespace ?? typed.selector ?? typed.context,
  };
  const kinds = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (kinds.length > 1) {
    violations.push({ path: kinds.join(" and "), reason: "they name different targets", remedy: "give only one of them" });
  }
  if (url !== undefined && typed.checks !== undefined) {
    violations.push({ path: "--checks", reason: "a load balancer has checks of its own", remedy: "leave it out with --url" });
  }
  // Its variable, so that it need not stand on the command line; a missing key of a Secret makes it empty.
  const variable = process.env["PLANO_AFFINITY_REDIS_PASSWORD"] ?? "";
  // A Job has the password from its cluster, and no other.
  const password = variable === "" || typed.inCluster !== undefined ? undefined : variable;
  const redisUrl = withPassword(typed.redisUrl, password);
  if (url !== undefined) return { kind: "url", url, redisUrl: typed.skipRedisInspect ? undefined : redisUrl, jaegerUrl };
  if (replica !== undefined) return { kind: "replicas", replicas: replica, redisUrl, jaegerUrl };
  const { namespace, selector, redis, jaeger } = defaultOptions.target;
  return {
    kind: "kubernetes",
    context: typed.context,
    namespace: typed.namespace ?? namespace,
    selector: typed.selector ?? selector,
    redis: redisUrl !== undefined ? { url: redisUrl } : password === undefined ? redis : { ...redis, password },
    jaeger: jaegerUrl === undefined ? jaeger : { url: jaegerUrl },
  };
}

/**
 * Without --checks, the default ones for which target and contract have what they need; lines name those that a contract or
 * an address was given for, and that are left out all the same.
 */
function readChecks(
  { checks, skipRedisInspect, api, contract: named }: Typed,
  target: VerifyOptions["target"],
  contract: Contract,
) {
  const isTold = (id: string): boolean => (id !== "redis" && id !== "traces") || contract[id] !== undefined;
  const isBlind = (id: string): boolean => id === "traces" && api === "routing" && isTold(id);
  const isPossible = (id: string): boolean => {
    if (target.kind !== "replicas") return target.kind === "kubernetes";
    return (id !== "redis" || target.redisUrl !== undefined) && (id !== "traces" || target.jaegerUrl !== undefined);
  };
  const wanted = checks ?? defaultOptions.checks.filter((id) => isPossible(id) && isTold(id) && !isBlind(id));
  const untold = defaultOptions.checks.filter((id) => !isTold(id)).join(" and ");
  const isDoor = target.kind === "url";
  const needs = (id: "redis" | "traces", what: string): string | false =>
    (isDoor || named !== undefined) && isTold(id) && !isBlind(id) && !isPossible(id) && `Left out: ${id}, which needs ${what}.\n`;
  // Through a load balancer only Redis can be given in vain.
  const isInVain = isDoor && target.redisUrl !== undefined && !frontDoorCheckIds({ contract }, target).includes("redis");
  const redis =
    skipRedisInspect === undefined && needs("redis", isDoor ? "--jaeger-url or a contract's replicaHeader" : "--redis-url");
  const silent = untold !== "" && `Left out: ${untold}, of which the contract ${contract.name} says nothing.\n`;
  const reasons = isDoor
    ? [isInVain && (isTold("redis") ? redis : silent)]
    : [redis, needs("traces", "--jaeger-url"), silent, isBlind("traces") && `Left out: traces, for ${tracesOfRouting}.\n`];
  const leftOut = checks === undefined ? reasons.filter((it) => it !== false).join("") : "";
  return { checks: [...new Set(wanted)].filter((id) => id !== "redis" || skipRedisInspect === undefined), leftOut };
}

/** Blames the variable where nobody typed the option. */
function ofVariable(violation: Violation): Violation {
  if (violation.path !== "--redis-url") return violation;
  const path = "PLANO_AFFINITY_REDIS_URL";
  return { ...violation, path, remedy: violation.remedy.replace("--redis-url ", `${path}=`) };
}

/** The URL with the password, where it can be read and has none yet. */
function withPassword(url: string | undefined, password: string | undefined): string | undefined {
  if (url === undefined || password === undefined || !URL.canParse(url)) return url;
  const parsed = new URL(url);
  if (parsed.password !== "" || parsed.host === "") return url;
  parsed.password = encodeURIComponent(password);
  return parsed.href;
}
