import { UsageError, type Violation } from "../common/errors";
import { defaultImage, inClusterViolations, type InClusterRequest } from "../in-cluster/request";
import { defaultOptions, violationsOf, type VerifyOptions } from "../options";
import { describeCommand, parse, strayArguments, type Typed } from "./command";
import { processTerminal, readConsent, type Terminal } from "./consent";
import { wantedReports, type WantedReport } from "./wanted-reports";

export interface CliRequest {
  readonly options: VerifyOptions;
  readonly reports: readonly WantedReport[];
  readonly quiet: boolean;
  readonly color: boolean;
  readonly asksFirst: boolean;
  readonly inCluster?: InClusterRequest;
}

/**
 * Reads the command line, with a leading `verify` or without.
 * @throws UsageError with everything that is wrong
 * @throws HelpRequested
 */
export function parseArguments(argv: readonly string[], terminal: Terminal = processTerminal): CliRequest {
  const violations: Violation[] = [];
  const command = describeCommand(violations);
  parse(command, argv[0] === "verify" ? argv.slice(1) : argv);
  violations.push(...strayArguments(command.args));
  const typed = command.opts<Typed>();
  const reports = wantedReports(typed.report, violations);
  const target = readTarget(typed, violations);
  const read = {
    target,
    sessions: typed.sessions,
    rounds: typed.rounds,
    sessionPrefix: typed.sessionPrefix,
    checks: readChecks(typed, target),
    ttlSeconds: typed.ttl,
    pin: typed.pin,
    model: typed.model,
    prompts: typed.prompts,
    tenant: typed.tenant,
    concurrency: typed.concurrency,
    timeoutSeconds: typed.timeout,
    maxFailedRequests: typed.maxFailedRequests,
  };
  const { allowDisruption, asksFirst } = readConsent(typed, read, terminal, violations);
  const options = { ...read, allowDisruption };
  violations.push(...violationsOf(options));
  const inCluster = readInCluster(typed, options, violations);
  if (violations.length > 0) throw new UsageError(violations);
  return { options, reports, quiet: typed.quiet ?? false, color: typed.color, asksFirst, inCluster };
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
  if (url !== undefined) {
    if (typed.checks !== undefined) {
      violations.push({ path: "--checks", reason: "a smoke test has no checks to choose", remedy: "leave it out with --url" });
    }
    return { kind: "url", url };
  }
  // A Job has the password from its cluster, and no other.
  const password = typed.inCluster === undefined ? redisPassword() : undefined;
  const redisUrl = withPassword(typed.redisUrl, password);
  if (replica !== undefined) {
    return { kind: "replicas", replicas: replica.map(({ name, value }) => ({ name, url: value })), redisUrl, jaegerUrl };
  }
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

/** Without --checks, the default ones for which the target has what they need. */
function readChecks({ checks, skipRedisInspect }: Typed, target: VerifyOptions["target"]): string[] {
  const isPossible = (id: string): boolean => {
    if (target.kind === "url") return false;
    if (target.kind === "kubernetes") return true;
    return (id !== "redis" || target.redisUrl !== undefined) && (id !== "traces" || target.jaegerUrl !== undefined);
  };
  const wanted = checks ?? defaultOptions.checks.filter(isPossible);
  return [...new Set(wanted)].filter((id) => id !== "redis" || skipRedisInspect === undefined);
}

/** The password of Redis, so that it need not stand on the command line or in a URL; undefined where there is none. */
export function redisPassword(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const password = environment["PLANO_AFFINITY_REDIS_PASSWORD"];
  return password === "" ? undefined : password;
}

/** The URL with the password, where it can be read and has no credentials yet. */
export function withPassword(url: string | undefined, password: string | undefined): string | undefined {
  if (url === undefined || password === undefined || !URL.canParse(url)) return url;
  const parsed = new URL(url);
  if (parsed.username !== "" || parsed.password !== "" || parsed.host === "") return url;
  parsed.password = encodeURIComponent(password);
  return parsed.href;
}

function readInCluster(typed: Typed, options: VerifyOptions, violations: Violation[]): InClusterRequest | undefined {
  const { inCluster, image } = typed;
  if (inCluster === undefined) {
    if (image !== undefined) {
      violations.push({ path: "--image", reason: "it names the image of a Job in the cluster", remedy: "add --in-cluster" });
    }
    return undefined;
  }
  if (inCluster !== true && inCluster !== "apply") {
    const remedy = "write --in-cluster to print manifests, or --in-cluster=apply";
    violations.push({ path: "--in-cluster", reason: `"${inCluster}" is not known here`, remedy });
    return undefined;
  }
  const request: InClusterRequest = { mode: inCluster === true ? "print" : "apply", image: image ?? defaultImage };
  violations.push(...inClusterViolations(request, options, typed.report.length));
  return request;
}
