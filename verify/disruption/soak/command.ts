import { Command, CommanderError } from "commander";
import { processTerminal, readConsent, type Terminal } from "../../cli/consent";
import { nameAndValue } from "../../cli/name-and-value";
import { wantedReports } from "../../cli/wanted-reports";
import { reasonOf, UsageError, type Violation } from "../../common/errors";
import { defaultSoak, soakViolations, type SoakOptions } from "./options";
import { faultIds, type FaultId } from "./schedule";

/** What a command line asks for. */
export interface SoakRequest {
  readonly options: SoakOptions;
  /** Files to write. */
  readonly json?: string;
  readonly markdown?: string;
  /** Whether somebody is to be asked before anything is done. */
  readonly asksFirst: boolean;
}

/** The user asked for help; the text is to be printed and the exit code is 0. */
export class SoakHelp extends Error {
  override readonly name = "SoakHelp";
}

/** Bad usage or configuration, as with the verifier. */
const badUsage = 3;

/** What could not be measured. */
const unknown = 2;

/** Pure: what a soak that came to no report tells, and the process' exit code. */
export function endOf(error: unknown): { readonly out?: string; readonly err?: string; readonly code: number } {
  if (error instanceof SoakHelp) return { out: error.message, code: 0 };
  if (error instanceof UsageError) return { err: `${error.message}\n`, code: badUsage };
  return { err: `${reasonOf(error)}\n`, code: unknown };
}

interface Typed {
  readonly [option: string]: string | true | undefined;
}

function describeSoak(): Command {
  const { target, minutes, sessions, rate, ttlSeconds, seed, recoverWithinSeconds, timeoutSeconds, model } = defaultSoak;
  return new Command("npm run soak --")
    .description("Puts a deployment under constant traffic, disturbs it again and again, and judges every pin meanwhile.")
    .exitOverride()
    .option("--minutes <n>", `length (default: ${minutes})`)
    .option("--sessions <n>", `sessions that live at the same time (default: ${sessions})`)
    .option("--rate <n>", `requests a second (default: ${rate})`)
    .option("--ttl <seconds>", `life of a pin as configured in the gateway (default: ${ttlSeconds})`)
    .option("--faults <ids>", `comma-separated, from ${faultIds.join(", ")} (default: all)`)
    .option("--seed <n>", `chooses the order of the faults (default: ${seed})`)
    .option("--recover-within <seconds>", `affinity must be back so soon after Redis (default: ${recoverWithinSeconds})`)
    .option("--namespace <name>", `namespace of the gateway (default: ${target.namespace})`)
    .option("--selector <labels>", `its ready pods are the replicas (default: ${target.selector})`)
    .option("--context <name>", "kubeconfig context (default: the current one)")
    .option("--url <url>", "address of the service (default: found in the namespace)")
    .option("--tenant <name=value>", "tenant header of every request")
    .option("--model <name>", `model of every request (default: ${model})`)
    .option("--timeout <seconds>", `limit of one request (default: ${timeoutSeconds})`)
    .option("--yes", "change the deployment without asking; needs --namespace")
    .option("--json <path>", "write the report as JSON")
    .option("--markdown <path>", "write the report as a page, e.g. docs/soak.md")
    .addHelpText("after", "\nExit: 0 pass, 1 fail, 2 unknown (it could not be measured), 3 bad usage.");
}

/**
 * Reads the command line.
 * @throws UsageError with everything that is wrong
 * @throws SoakHelp
 */
export function readSoak(argv: readonly string[], terminal: Terminal = processTerminal): SoakRequest {
  let help = "";
  const command = describeSoak().configureOutput({ writeOut: (text) => (help += text), writeErr: () => undefined });
  try {
    command.parse(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) throw new SoakHelp(help);
    throw new UsageError([{ path: "arguments", reason: reasonOf(error).replace(/^error: /, ""), remedy: "see --help" }]);
  }
  const typed = command.opts<Typed>();
  const violations: Violation[] = [];
  const text = (name: string): string | undefined => (typeof typed[name] === "string" ? typed[name] : undefined);
  const number = (path: string, name: string, otherwise: number): number => {
    const given = text(name);
    const value = given === undefined ? otherwise : given.trim() === "" ? Number.NaN : Number(given);
    if (!Number.isNaN(value)) return value;
    violations.push({ path, reason: `"${given}" is not a number`, remedy: `e.g. ${path} ${otherwise}` });
    return otherwise;
  };
  const namespace = text("namespace");
  const tenant = text("tenant");
  const { target } = defaultSoak;
  const options: SoakOptions = {
    target: {
      ...target,
      context: text("context"),
      namespace: namespace ?? target.namespace,
      selector: text("selector") ?? target.selector,
    },
    serviceUrl: text("url"),
    minutes: number("--minutes", "minutes", defaultSoak.minutes),
    sessions: number("--sessions", "sessions", defaultSoak.sessions),
    rate: number("--rate", "rate", defaultSoak.rate),
    ttlSeconds: number("--ttl", "ttl", defaultSoak.ttlSeconds),
    faults: (text("faults")
      ?.split(",")
      .map((id) => id.trim()) ?? faultIds) as readonly FaultId[],
    seed: number("--seed", "seed", defaultSoak.seed),
    recoverWithinSeconds: number("--recover-within", "recoverWithin", defaultSoak.recoverWithinSeconds),
    timeoutSeconds: number("--timeout", "timeout", defaultSoak.timeoutSeconds),
    model: text("model") ?? defaultSoak.model,
    tenant: tenant === undefined ? undefined : nameAndValue(tenant),
  };
  const typedConsent = { yes: typed["yes"] === true ? (true as const) : undefined, namespace };
  const { asksFirst } = readConsent(typedConsent, { checks: ["scale", "faults"], target: options.target }, terminal, violations);
  for (const option of ["json", "markdown"]) {
    const path = text(option);
    const wrong: Violation[] = [];
    if (path !== undefined) wantedReports([`json=${path}`], wrong);
    violations.push(...wrong.map((it) => ({ ...it, path: `--${option}`, remedy: "name a file that can be written" })));
  }
  violations.push(...soakViolations(options));
  if (violations.length > 0) throw new UsageError(violations);
  return { options, json: text("json"), markdown: text("markdown"), asksFirst };
}
