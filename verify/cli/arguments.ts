import { readFileSync } from "node:fs";
import { CommanderError } from "commander";
import { reasonOf, UsageError, type Violation } from "../common/errors";
import type { InClusterRequest } from "../in-cluster/request";
import { defaultOptions, violationsOf, type KubernetesTarget, type VerifyOptions } from "../options";
import { processTerminal, readConsent, type Terminal } from "./consent";
import { describeCommand, seeHelp, strayArguments, type Typed } from "./command";
import { readInCluster } from "./in-cluster";
import { nameAndValue } from "./name-and-value";
import { redisPassword, withPassword } from "./redis-password";
import { wantedReports, type WantedReport } from "./wanted-reports";

/** What a command line asks for. */
export interface CliRequest {
  readonly options: VerifyOptions;
  readonly reports: readonly WantedReport[];
  readonly quiet: boolean;
  readonly color: boolean;
  /** Whether somebody is to be asked before the deployment is disturbed. */
  readonly asksFirst: boolean;
  /** Set where a Job in the cluster is to do the work. */
  readonly inCluster?: InClusterRequest;
}

/** The user asked for help; the text is to be printed and the exit code is 0. */
export class HelpRequested extends Error {
  override readonly name = "HelpRequested";
}

/**
 * Reads the command line, with a leading `verify` or without.
 * @throws UsageError with everything that is wrong
 * @throws HelpRequested
 */
export function parseArguments(argv: readonly string[], terminal: Terminal = processTerminal): CliRequest {
  let help = "";
  const command = describeCommand().configureOutput({ writeOut: (text) => (help += text), writeErr: () => undefined });
  const violations: Violation[] = [];
  try {
    command.parse(argv[0] === "verify" ? argv.slice(1) : argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) throw new HelpRequested(help);
    throw new UsageError([{ path: "arguments", reason: reasonOf(error).replace(/^error: /, ""), remedy: seeHelp }]);
  }
  violations.push(...strayArguments(command.args));
  const typed = command.opts<Typed>();
  const reports = wantedReports(typed.report ?? [], violations);
  const read = readOptions(typed, violations);
  const { allowDisruption, asksFirst } = readConsent(typed, read, terminal, violations);
  const options = { ...read, allowDisruption };
  violations.push(...violationsOf(options));
  const inCluster = readInCluster(typed, options, violations);
  if (violations.length > 0) throw new UsageError(violations);
  return { options, reports, quiet: typed.quiet ?? false, color: typed.color, asksFirst, inCluster };
}

function readOptions(typed: Typed, violations: Violation[]): VerifyOptions {
  const number = (path: string, text: string | undefined, otherwise: number): number => {
    if (text === undefined) return otherwise;
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (!Number.isNaN(value)) return value;
    violations.push({ path, reason: `"${text}" is not a number`, remedy: `e.g. ${path} ${otherwise}` });
    return otherwise;
  };
  const target = readTarget(typed, violations);
  return {
    target,
    sessions: number("--sessions", typed.sessions, defaultOptions.sessions),
    rounds: number("--rounds", typed.rounds, defaultOptions.rounds),
    sessionPrefix: typed.sessionPrefix,
    checks: readChecks(typed, target),
    ttlSeconds: number("--ttl", typed.ttl, defaultOptions.ttlSeconds),
    // Whatever was typed: the options are checked as a whole, later.
    pin: (typed.pin as VerifyOptions["pin"] | undefined) ?? defaultOptions.pin,
    model: typed.model ?? defaultOptions.model,
    prompts: typed.prompts === undefined ? undefined : readPrompts(typed.prompts, violations),
    tenant: typed.tenant === undefined ? undefined : nameAndValue(typed.tenant),
    concurrency: number("--concurrency", typed.concurrency, defaultOptions.concurrency),
    timeoutSeconds: number("--timeout", typed.timeout, defaultOptions.timeoutSeconds),
    maxFailedRequests: number("--max-failed-requests", typed.maxFailedRequests, defaultOptions.maxFailedRequests),
  };
}

function readTarget(typed: Typed, violations: Violation[]): VerifyOptions["target"] {
  const given = {
    "--replica": typed.replica !== undefined,
    "--url": typed.url !== undefined,
    "--namespace, --selector or --context": (typed.namespace ?? typed.selector ?? typed.context) !== undefined,
  };
  const kinds = Object.entries(given).flatMap(([name, is]) => (is ? [name] : []));
  if (kinds.length > 1) {
    violations.push({ path: kinds.join(" and "), reason: "they name different targets", remedy: "give only one of them" });
  }
  if (typed.url !== undefined) {
    if (typed.checks !== undefined) {
      violations.push({ path: "--checks", reason: "a smoke test has no checks to choose", remedy: "leave it out with --url" });
    }
    return { kind: "url", url: typed.url };
  }
  const { jaegerUrl } = typed;
  // A Job has the password from its cluster, and no other.
  const password = typed.inCluster === undefined ? redisPassword() : undefined;
  const redisUrl = withPassword(typed.redisUrl, password);
  if (typed.replica !== undefined) {
    const replicas = typed.replica.map((text) => {
      const { name, value } = nameAndValue(text);
      return { name, url: value };
    });
    return { kind: "replicas", replicas, redisUrl, jaegerUrl };
  }
  const { namespace, selector, redis, jaeger } = defaultOptions.target;
  const target: KubernetesTarget = {
    kind: "kubernetes",
    context: typed.context,
    namespace: typed.namespace ?? namespace,
    selector: typed.selector ?? selector,
    redis: redisUrl !== undefined ? { url: redisUrl } : password === undefined ? redis : { ...redis, password },
    jaeger: jaegerUrl === undefined ? jaeger : { url: jaegerUrl },
  };
  return target;
}

/** Without --checks, those are run for which the target has what they need. */
function readChecks(typed: Typed, target: VerifyOptions["target"]): string[] {
  const impossible =
    target.kind === "kubernetes"
      ? []
      : target.kind === "url"
        ? defaultOptions.checks
        : [...(target.redisUrl === undefined ? ["redis"] : []), ...(target.jaegerUrl === undefined ? ["traces"] : [])];
  const wanted =
    typed.checks
      ?.split(",")
      .map((id) => id.trim())
      .filter((id) => id !== "") ?? defaultOptions.checks.filter((id) => !impossible.some((other) => other === id));
  return [...new Set(wanted)].filter((id) => id !== "redis" || typed.skipRedisInspect === undefined);
}

function readPrompts(path: string, violations: Violation[]): string[] | undefined {
  try {
    return readFileSync(path, "utf8")
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter((line) => line !== "" && !line.startsWith("#"));
  } catch (error) {
    violations.push({ path: "--prompts", reason: reasonOf(error), remedy: "name a readable text file" });
    return undefined;
  }
}
