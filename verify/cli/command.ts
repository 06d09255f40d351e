import { Command, CommanderError, Option } from "commander";
import { version } from "../package.json";
import { apiNames, turnKinds, type Asking } from "../apis";
import { checkIds, defaultChecks } from "../check-ids";
import { reasonOf, UsageError, type Violation } from "../common/errors";
import { contractNames } from "../contracts";
import { defaultImage } from "../in-cluster/job-options";
import { defaultOptions, type ReplicasTarget, type VerifyOptions } from "../options";
import { defaultPrompts, readPrompts } from "../prompts";
import { formatNames } from "../report/formats";
import { nameAndValue } from "./wanted-reports";

type Direct = "sessions" | "rounds" | "sessionPrefix" | "prompts" | "tenant" | "concurrency" | "maxFailedRequests" | "rate";

type Text = "contract" | "model" | "namespace" | "selector" | "context" | "url" | "redisUrl" | "jaegerUrl" | "image";

/** The command line as it was read; what was typed wrong has its default. */
export interface Typed extends Asking, Pick<VerifyOptions, Direct | "pin">, Readonly<Partial<Record<Text, string>>> {
  readonly replica?: ReplicasTarget["replicas"];
  readonly suggestPrompts?: true;
  /** True without a value. */
  readonly inCluster?: "apply" | true;
  readonly checks?: readonly string[];
  readonly skipRedisInspect?: true;
  readonly ttl?: number;
  readonly timeout: number;
  readonly yes?: true;
  readonly report: readonly string[];
  readonly quiet?: true;
  readonly color: boolean;
}

const seeHelp = "see --help";

/** An option that takes a number. One that cannot be read is a violation, and has its default. */
export function numberOption(violations: Violation[], flags: string, description: string, otherwise?: number): Option {
  const [path = ""] = flags.split(" ");
  return new Option(flags, description).default(otherwise).argParser((text) => {
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (!Number.isNaN(value)) return value;
    violations.push({ path, reason: `"${text}" is not a number`, remedy: `e.g. ${path} ${otherwise ?? 20}` });
    return otherwise;
  });
}

/** The user asked for help; the text is to be printed and the exit code is 0. */
export class HelpRequested extends Error {
  override readonly name = "HelpRequested";
}

/** Has commander read the command line. @throws UsageError, HelpRequested */
export function parse(command: Command, argv: readonly string[]): void {
  let help = "";
  command.exitOverride().configureOutput({ writeOut: (text) => (help += text), writeErr: () => undefined });
  try {
    command.parse(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) throw new HelpRequested(help);
    throw new UsageError([{ path: "arguments", reason: reasonOf(error).replace(/^error: /, ""), remedy: seeHelp }]);
  }
}

/** What a contract is, on one screen; docs/verifier.md says more. */
const contractHelp = `
A contract file; all but sessionHeader may be left out, and without redis or traces the check of that name is:
  sessionHeader: x-session-id
  routing: prompt  # or session: a session gets a target (a worker) of its own, whatever its prompts; servedModel names it
  requestModel: smart-router  # the model of requests, unless --model names one
  endpoint: /v1/chat/completions
  servedModel: { header: x-model-name }  # or { body: FIELD }; default { body: model }
  unpinnedHeaders: { x-no-session: "on" }  # of requests without a session
  pinnedHeader: { name: x-cause, value: pinned }  # of answers, where a pin was used
  replicaHeader: x-served-by  # of answers: the replica's name, for a proof through --url
  redis:  # sliding: every request begins the pin's life anew; format hash, or text: the model's name alone
    { key: 'pins:{tenant}:{session}', format: json, modelField: model, routeField: tier, ttlSeconds: 600, sliding: true,
    holdSeconds: 300, movesInOutage: true }  # holds shorter than the key lives; moves if asked while Redis is away
  traces:  # spans of every request, and of those that are routed: the first of a session, or every one
    { request: { service: gw }, routing: { service: gw, name: route }, routed: first, replicaAttribute: k8s.pod.name }`;

/** The command line for commander; the texts of the options are their reference. */
export function describeCommand(violations: Violation[]): Command {
  const { target, sessions, rounds, ttlSeconds, pin, model, concurrency, timeoutSeconds, maxFailedRequests } = defaultOptions;
  const { api, turns } = defaultOptions;
  const number = numberOption.bind(undefined, violations);
  const prompts = (path: string): readonly string[] => {
    try {
      return readPrompts(path);
    } catch (error) {
      violations.push({ path: "--prompts", reason: reasonOf(error), remedy: "name a readable text file" });
      return defaultPrompts;
    }
  };
  const ids = (text: string): string[] => text.split(",").flatMap((id) => (id.trim() === "" ? [] : [id.trim()]));
  const all = (text: string, earlier: readonly string[]): readonly string[] => [...earlier, text];
  const replicas = (text: string, earlier: Typed["replica"] = []): Typed["replica"] => {
    const { name, value } = nameAndValue(text);
    return [...earlier, { name, url: value }];
  };
  return new Command("plano-affinity verify")
    .description("Proves from outside that sessions keep their model across the replicas of an LLM gateway.")
    .allowUnknownOption()
    .allowExcessArguments()
    .optionsGroup("What to verify (Kubernetes unless --replica or --url is given):")
    .option("--namespace <name>", `namespace of the gateway (default: ${target.namespace})`)
    .option("--selector <labels>", `its ready pods are the replicas (default: ${target.selector})`)
    .option("--context <name>", "kubeconfig context (default: the current one)")
    .option("--replica <name=url>", "a replica by its address; repeat for each", replicas)
    .option("--url <url>", "load balancer: a proof through it with --jaeger-url or a contract's replicaHeader, else a smoke test")
    .addOption(new Option("--redis-url <url>", "Redis that holds the pins").env("PLANO_AFFINITY_REDIS_URL"))
    .option("--jaeger-url <url>", "Jaeger query service that has the traces")
    .optionsGroup("How:")
    .option(
      "--checks <ids>",
      `comma-separated, from ${checkIds.join(", ")} (default: ${defaultChecks.join(", ")}, as far as they can be run)`,
      ids,
    )
    .option("--skip-redis-inspect", "leave out the check redis")
    .addOption(number("--sessions <n>", "sessions", sessions))
    .addOption(number("--rounds <n>", "requests of each session", rounds))
    .option("--session-prefix <text>", "ids are the prefix and 001, 002, … (default: unique per run)")
    .addOption(
      number("--ttl <seconds>", `life of a pin as configured in the gateway (default: the contract's, else ${ttlSeconds})`),
    )
    .addOption(
      new Option(
        "--contract <name|file>",
        `what the gateway promises: ${contractNames}, or a YAML file, see below (default: what --pin says)`,
      ).conflicts("pin"),
    )
    .option("--pin <kind>", "fixed: contract plano (0.4.19 to 0.4.27); anchored: plano-anchored (0.4.28 and later)", pin)
    .option(
      "--api <name>",
      `what is asked: ${apiNames.join(", ")}; routing is Plano's decision, which calls no model and so costs nothing`,
      api,
    )
    .option("--stream", "ask for streamed answers, and read the model from their events")
    .option("--turns <kind>", `${turnKinds.join(" or ")}: with tools every other request ends in a tool's result`, turns)
    .option("--model <name>", `model of every request (default: what contract or deployment say, or ${model})`)
    .option(
      "--prompts <file>",
      "prompts, one a line; # begins a comment (default: those of the deployment's proof, or a built-in list)",
      prompts,
    )
    .option("--suggest-prompts", "try prompts made of the routes' descriptions, and show where each goes without a session")
    .option("--tenant <name=value>", "tenant header of every request", nameAndValue)
    .addOption(number("--concurrency <n>", "sessions at the same time", concurrency))
    .addOption(number("--timeout <seconds>", "limit of one request", timeoutSeconds))
    .addOption(number("--max-failed-requests <n>", "failed requests that a pass may have, retried ones too", maxFailedRequests))
    .addOption(
      number(
        "--rate <n>",
        "requests a second during scale and faults (default: 20, or a third of what is answered where that is less than 20)",
      ),
    )
    .option("--yes", "let scale and faults change the deployment without asking; needs --namespace")
    .optionsGroup("From where:")
    .addOption(
      new Option(
        "--in-cluster [apply]",
        "print manifests of a Job that verifies in the cluster, or apply them and wait for its report",
      ).choices(["apply"]),
    )
    .option("--image <reference>", `image of that Job, with Node.js 20 or newer (default: ${defaultImage})`)
    .optionsGroup("Output:")
    .addOption(
      new Option(
        "--report <format=path>",
        `write a report; formats: ${formatNames}; path - is standard output, without the table; repeatable`,
      )
        .default([], "none")
        .argParser(all),
    )
    .option("--quiet", "no progress")
    .option("--no-color", "no colours")
    .version(version, "--version", "print the version")
    .addHelpText("after", contractHelp)
    .addHelpText(
      "after",
      '\nPLANO_AFFINITY_AUTHORIZATION="Bearer <key>" is sent with every request, as its header authorization.' +
        "\nPLANO_AFFINITY_REDIS_PASSWORD is the password of Redis, where --redis-url names none.",
    )
    .addHelpText(
      "after",
      "\nExit: 0 pass, 1 fail, 2 unknown (it could not be measured), 3 bad usage, or the verifier itself failed.",
    );
}

/** Words that are no option: an unknown option, the value after one, or a word too many. */
export function strayArguments(args: readonly string[]): Violation[] {
  const unknown = args.filter((arg) => arg.startsWith("-"));
  if (unknown.length === 0 && args.length > 0) {
    return [{ path: "arguments", reason: `"${args[0]}" is not expected here`, remedy: seeHelp }];
  }
  return unknown.map((arg) => ({ path: arg.split("=")[0] ?? arg, reason: "there is no such option", remedy: seeHelp }));
}
