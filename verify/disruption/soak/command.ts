import { Command, CommanderError, Option } from "commander";
import { processTerminal, readConsent, type Terminal } from "../../cli/consent";
import { nameAndValue } from "../../cli/name-and-value";
import { wantedReports } from "../../cli/wanted-reports";
import { reasonOf, UsageError, type Violation } from "../../common/errors";
import { disruptiveChecks } from "../../check-ids";
import { defaultSoak, faultIds, flagOf, readNumbers, soakViolations, type SoakOptions } from "./options";

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

/** Pure: what to print where there is no report, and the exit code: 3 for bad usage, else 2, unknown. */
export function endOf(error: unknown): { readonly out?: string; readonly err?: string; readonly code: number } {
  if (error instanceof SoakHelp) return { out: error.message, code: 0 };
  if (error instanceof UsageError) return { err: `${error.message}\n`, code: 3 };
  return { err: `${reasonOf(error)}\n`, code: 2 };
}

function describeSoak(): Command {
  const { target, model } = defaultSoak;
  const command = new Command("npm run soak --")
    .description("Puts a deployment under constant traffic, disturbs it again and again, and judges every pin.")
    .exitOverride()
    .option("--faults <ids>", `comma-separated, from ${faultIds.join(", ")} (default: all)`)
    .option("--namespace <name>", `namespace of the gateway (default: ${target.namespace})`)
    .option("--selector <labels>", `its ready pods are the replicas (default: ${target.selector})`)
    .option("--context <name>", "kubeconfig context (default: the current one)")
    .option("--url <url>", "address of the service (default: found in the namespace)")
    .option("--tenant <name=value>", "tenant header of every request")
    .option("--model <name>", `model of every request (default: ${model})`)
    .option("--yes", "change the deployment without asking; needs --namespace")
    .option("--json <path>", "write the report as JSON")
    .option("--markdown <path>", "write the report as a page")
    .addHelpText("after", "\nExit: 0 pass, 1 fail, 2 unknown (it could not be measured), 3 bad usage.");
  readNumbers((flag, what, initial) => {
    command.option(flag, `${what} (default: ${initial})`);
    return initial;
  });
  return command;
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
  const { yes, ...typed } = command.opts<{ readonly yes?: true; readonly [option: string]: string | true | undefined }>();
  const text = typed as Readonly<Record<string, string | undefined>>;
  const { context, namespace, selector, url, tenant, model, json, markdown, faults } = text;
  const violations: Violation[] = [];
  const numbers = readNumbers((option, _what, initial) => {
    const flag = flagOf(option);
    const given = text[new Option(flag).attributeName()];
    const value = given === undefined ? initial : given.trim() === "" ? Number.NaN : Number(given);
    if (!Number.isNaN(value)) return value;
    violations.push({ path: flag, reason: `"${given}" is not a number`, remedy: `e.g. ${flag} ${initial}` });
    return initial;
  });
  const { target } = defaultSoak;
  const options: SoakOptions = {
    ...defaultSoak,
    ...numbers,
    target: { ...target, context, namespace: namespace ?? target.namespace, selector: selector ?? target.selector },
    serviceUrl: url,
    // Whatever was typed: the options are checked as a whole, later.
    faults: (faults?.split(",").map((id) => id.trim()) as SoakOptions["faults"] | undefined) ?? faultIds,
    model: model ?? defaultSoak.model,
    tenant: tenant === undefined ? undefined : nameAndValue(tenant),
  };
  const consent = { checks: disruptiveChecks, target: options.target };
  const { asksFirst } = readConsent({ yes, namespace }, consent, terminal, violations);
  for (const [option, path] of Object.entries({ "--json": json, "--markdown": markdown })) {
    const wrong: Violation[] = [];
    if (path !== undefined) wantedReports([`json=${path}`], wrong);
    violations.push(...wrong.map((it) => ({ ...it, path: option, remedy: "name a file that can be written" })));
  }
  violations.push(...soakViolations(options));
  if (violations.length > 0) throw new UsageError(violations);
  return { options, json, markdown, asksFirst };
}
