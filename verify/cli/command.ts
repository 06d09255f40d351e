import { Command, Option } from "commander";
import { version } from "../package.json";
import { checkIds, defaultChecks } from "../check-ids";
import type { Violation } from "../common/errors";
import { defaultImage } from "../in-cluster/request";
import { defaultOptions } from "../options";
import { reportFormats } from "../report/formats";

/** Options as they were typed. */
export interface Typed {
  readonly namespace?: string;
  readonly selector?: string;
  readonly context?: string;
  readonly replica?: readonly string[];
  readonly url?: string;
  readonly redisUrl?: string;
  readonly jaegerUrl?: string;
  /** True without a value. */
  readonly inCluster?: string | true;
  readonly image?: string;
  readonly sessions?: string;
  readonly rounds?: string;
  readonly sessionPrefix?: string;
  readonly checks?: string;
  readonly skipRedisInspect?: true;
  readonly ttl?: string;
  readonly pin?: string;
  readonly model?: string;
  readonly prompts?: string;
  readonly tenant?: string;
  readonly concurrency?: string;
  readonly timeout?: string;
  readonly maxFailedRequests?: string;
  readonly yes?: true;
  readonly report?: readonly string[];
  readonly quiet?: true;
  readonly color: boolean;
}

export const seeHelp = "see --help";

/** The command line as commander reads it; texts of the options are their reference. */
export function describeCommand(): Command {
  const { target, sessions, rounds, ttlSeconds, pin, model, concurrency, timeoutSeconds, maxFailedRequests } = defaultOptions;
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
    .option(
      "--checks <ids>",
      `comma-separated, from ${checkIds.join(", ")} (default: ${defaultChecks.join(", ")}, as far as they can be run)`,
    )
    .option("--skip-redis-inspect", "leave out the check redis")
    .option("--sessions <n>", `sessions (default: ${sessions})`)
    .option("--rounds <n>", `requests of each session (default: ${rounds})`)
    .option("--session-prefix <text>", "ids are the prefix and 001, 002, … (default: unique per run)")
    .option("--ttl <seconds>", `life of a pin as configured in the gateway (default: ${ttlSeconds})`)
    .option("--pin <kind>", `fixed (Plano 0.4.19 to 0.4.27) or anchored (0.4.28 and later) (default: ${pin})`)
    .option("--model <name>", `model of every request (default: ${model})`)
    .option("--prompts <file>", "prompts, one a line; # begins a comment (default: a list of its own)")
    .option("--tenant <name=value>", "tenant header of every request")
    .option("--concurrency <n>", `sessions at the same time (default: ${concurrency})`)
    .option("--timeout <seconds>", `limit of one request (default: ${timeoutSeconds})`)
    .option("--max-failed-requests <n>", `failed requests that a pass may have, retried ones too (default: ${maxFailedRequests})`)
    .option("--yes", "let scale and faults change the deployment without asking; needs --namespace")
    .optionsGroup("From where:")
    .option(
      "--in-cluster [apply]",
      "print manifests of a Job that verifies inside the cluster, or apply them and wait for its report",
    )
    .option("--image <reference>", `image of that Job, with Node.js 20 or newer (default: ${defaultImage})`)
    .optionsGroup("Output:")
    .option(
      "--report <format=path>",
      `write a report; formats: ${reportFormats.map(({ id }) => id).join(", ")}; path - is standard output, without the table; repeatable`,
      collect,
    )
    .option("--quiet", "no progress")
    .option("--no-color", "no colours")
    .version(version, "--version", "print the version")
    .addHelpText("after", "\nExit: 0 pass, 1 fail, 2 unknown (it could not be measured), 3 bad usage.");
}

/** Words that are no option: an unknown option, the value after one, or a word too many. */
export function strayArguments(args: readonly string[]): Violation[] {
  const unknown = args.filter((arg) => arg.startsWith("-"));
  if (unknown.length === 0 && args.length > 0) {
    return [{ path: "arguments", reason: `"${args[0]}" is not expected here`, remedy: seeHelp }];
  }
  return unknown.map((arg) => ({ path: arg.split("=")[0] ?? arg, reason: "there is no such option", remedy: seeHelp }));
}
