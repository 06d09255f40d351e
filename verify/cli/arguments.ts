import { accessSync, constants, existsSync, readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Command, CommanderError, Option } from "commander";
import { checkIds } from "../checks";
import { reasonOf, UsageError, type Violation } from "../common/errors";
import { defaultOptions, violationsOf, type KubernetesTarget, type VerifyOptions } from "../options";
import type { ReportFormat } from "../report/format";
import { reportFormats } from "../report/formats";

/** A report file that the user wants. */
export interface WantedReport {
  readonly format: ReportFormat;
  readonly path: string;
}

/** What a command line asks for. */
export interface CliRequest {
  readonly options: VerifyOptions;
  readonly reports: readonly WantedReport[];
  readonly quiet: boolean;
  readonly color: boolean;
}

/** Options as they were typed. */
interface Typed {
  readonly namespace?: string;
  readonly selector?: string;
  readonly context?: string;
  readonly replica?: readonly string[];
  readonly url?: string;
  readonly redisUrl?: string;
  readonly jaegerUrl?: string;
  readonly sessions?: string;
  readonly rounds?: string;
  readonly sessionPrefix?: string;
  readonly checks?: string;
  readonly skipRedisInspect?: true;
  readonly ttl?: string;
  readonly model?: string;
  readonly prompts?: string;
  readonly tenant?: string;
  readonly concurrency?: string;
  readonly timeout?: string;
  readonly report?: readonly string[];
  readonly quiet?: true;
  readonly color: boolean;
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
export function parseArguments(argv: readonly string[]): CliRequest {
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
  const options = readOptions(typed, violations);
  violations.push(...violationsOf(options, checkIds));
  if (violations.length > 0) throw new UsageError(violations);
  return { options, reports, quiet: typed.quiet ?? false, color: typed.color };
}

const seeHelp = "see --help";

function describeCommand(): Command {
  const { target, sessions, rounds, ttlSeconds, model, concurrency, timeoutSeconds } = defaultOptions;
  const collect = (value: string, earlier: readonly string[] = []): readonly string[] => [...earlier, value];
  return new Command("plano-affinity verify")
    .description("Proves from outside that sessions keep their model across the replicas of a Plano gateway.")
    .exitOverride()
    .allowUnknownOption()
    .allowExcessArguments()
    .optionsGroup("What to verify (Kubernetes unless --replica or --url is given):")
    .option("--namespace <name>", `namespace of the gateway (default: ${target.namespace})`)
    .option("--selector <labels>", `its ready pods are the replicas (default: ${target.selector})`)
    .option("--context <name>", "kubeconfig context (default: the current one)")
    .option("--replica <name=url>", "a replica by its address; repeat for each", collect)
    .option("--url <url>", "smoke test through a load balancer; proves nothing about replicas")
    .addOption(new Option("--redis-url <url>", "Redis that holds the pins").env("PLANO_AFFINITY_REDIS_URL"))
    .option("--jaeger-url <url>", "Jaeger query service that has the traces")
    .optionsGroup("How:")
    .option("--checks <ids>", `comma-separated, from ${checkIds.join(", ")} (default: all that can be run)`)
    .option("--skip-redis-inspect", "leave out the check redis")
    .option("--sessions <n>", `sessions (default: ${sessions})`)
    .option("--rounds <n>", `requests of each session (default: ${rounds})`)
    .option("--session-prefix <text>", "ids are the prefix and 001, 002, … (default: unique per run)")
    .option("--ttl <seconds>", `life of a pin as configured in the gateway (default: ${ttlSeconds})`)
    .option("--model <name>", `model of every request (default: ${model})`)
    .option("--prompts <file>", "prompts, one a line; # begins a comment (default: a list of its own)")
    .option("--tenant <name=value>", "tenant header of every request")
    .option("--concurrency <n>", `sessions at the same time (default: ${concurrency})`)
    .option("--timeout <seconds>", `limit of one request (default: ${timeoutSeconds})`)
    .optionsGroup("Output:")
    .option(
      "--report <format=path>",
      `write a report; formats: ${reportFormats.map(({ id }) => id).join(", ")}; repeatable`,
      collect,
    )
    .option("--quiet", "no progress")
    .option("--no-color", "no colours")
    .addHelpText("after", "\nExit: 0 pass, 1 fail, 2 unknown (it could not be measured), 3 bad usage.");
}

/** Words that are no option: an unknown option, the value after one, or a word too many. */
function strayArguments(args: readonly string[]): Violation[] {
  const unknown = args.filter((arg) => arg.startsWith("-"));
  if (unknown.length === 0 && args.length > 0) {
    return [{ path: "arguments", reason: `"${args[0]}" is not expected here`, remedy: seeHelp }];
  }
  return unknown.map((arg) => ({ path: arg.split("=")[0] ?? arg, reason: "there is no such option", remedy: seeHelp }));
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
    model: typed.model ?? defaultOptions.model,
    prompts: typed.prompts === undefined ? undefined : readPrompts(typed.prompts, violations),
    tenant: typed.tenant === undefined ? undefined : nameAndValue(typed.tenant),
    concurrency: number("--concurrency", typed.concurrency, defaultOptions.concurrency),
    timeoutSeconds: number("--timeout", typed.timeout, defaultOptions.timeoutSeconds),
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
  const { redisUrl, jaegerUrl } = typed;
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
    redis: redisUrl === undefined ? redis : { url: redisUrl },
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

/** `NAME=VALUE`; both are empty where there is no `=`. */
function nameAndValue(text: string): { name: string; value: string } {
  const at = text.indexOf("=");
  return at < 0 ? { name: "", value: "" } : { name: text.slice(0, at).trim(), value: text.slice(at + 1).trim() };
}

function wantedReports(texts: readonly string[], violations: Violation[]): WantedReport[] {
  return texts.flatMap((text) => {
    const { name, value: path } = nameAndValue(text);
    const format = reportFormats.find(({ id }) => id === name);
    const formats = reportFormats.map(({ id }) => id).join(", ");
    const reason =
      format === undefined
        ? `"${text}" is not FORMAT=PATH with a format that exists (${formats})`
        : path === ""
          ? "there is no path"
          : unwritable(path);
    if (reason !== undefined) {
      violations.push({ path: "--report", reason, remedy: "e.g. --report json=report.json" });
      return [];
    }
    return format === undefined ? [] : [{ format, path: resolve(path) }];
  });
}

/** Why the file cannot be written, found without creating it. */
function unwritable(path: string): string | undefined {
  try {
    const file = resolve(path);
    if (existsSync(file)) {
      if (statSync(file).isDirectory()) return `${path} is a directory`;
      accessSync(file, constants.W_OK);
    } else {
      if (!statSync(dirname(file)).isDirectory()) return `${path} cannot be written: ${dirname(path)} is no directory`;
      accessSync(dirname(file), constants.W_OK);
    }
    return undefined;
  } catch (error) {
    return `${path} cannot be written: ${reasonOf(error)}`;
  }
}
