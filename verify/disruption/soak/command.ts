import { Command, Option } from "commander";
import { numberOption, parse } from "../../cli/command";
import { processTerminal, readConsent, type Terminal } from "../../cli/consent";
import { nameAndValue, wantedReports } from "../../cli/wanted-reports";
import { UsageError, type Violation } from "../../common/errors";
import { disruptiveChecks } from "../../check-ids";
import { defaultSoak, faultIds, soakViolations, type SoakOptions } from "./options";

/** What a command line asks for. */
export type SoakRequest = ReturnType<typeof readSoak>;

interface Typed extends Pick<SoakOptions, "minutes" | "sessions" | "rate" | "faults" | "model" | "tenant"> {
  readonly namespace?: string;
  readonly selector?: string;
  readonly context?: string;
  readonly url?: string;
  readonly ttl: number;
  readonly recoverWithin: number;
  readonly timeout: number;
  readonly yes?: true;
  readonly json?: string;
}

/** Reads the command line. @throws UsageError, HelpRequested */
export function readSoak(argv: readonly string[], terminal: Terminal = processTerminal) {
  const violations: Violation[] = [];
  const { target, model, minutes, sessions, rate, ttlSeconds, recoverWithinSeconds, timeoutSeconds } = defaultSoak;
  const number = numberOption.bind(undefined, violations);
  const ids = (text: string): string[] => text.split(",").map((id) => id.trim());
  const command = new Command("npm run soak --")
    .description("Puts a deployment under constant traffic, disturbs it again and again, and judges every pin.")
    .addOption(
      new Option("--faults <ids>", `comma-separated, from ${faultIds.join(", ")}`).default(faultIds, "all").argParser(ids),
    )
    .option("--namespace <name>", `namespace of the gateway (default: ${target.namespace})`)
    .option("--selector <labels>", `its ready pods are the replicas (default: ${target.selector})`)
    .option("--context <name>", "kubeconfig context (default: the current one)")
    .option("--url <url>", "address of the service (default: found in the namespace)")
    .addOption(number("--minutes <n>", "length", minutes))
    .addOption(number("--sessions <n>", "sessions that live at the same time", sessions))
    .addOption(number("--rate <n>", "requests a second", rate))
    .addOption(number("--ttl <seconds>", "life of a pin as configured in the gateway", ttlSeconds))
    .addOption(
      number("--recover-within <seconds>", "for each replica: time for affinity to be back after Redis is", recoverWithinSeconds),
    )
    .addOption(number("--timeout <seconds>", "limit of one request", timeoutSeconds))
    .option("--tenant <name=value>", "tenant header of every request", nameAndValue)
    .option("--model <name>", "model of every request", model)
    .option("--yes", "change the deployment without asking; needs --namespace")
    .option("--json <path>", "write the report as JSON")
    .addHelpText(
      "after",
      "\nExit: 0 pass, 1 fail, 2 unknown (it could not be measured), 3 bad usage, or the verifier itself failed.",
    );
  parse(command, argv);

  const typed = command.opts<Typed>();
  const { context, namespace = target.namespace, selector = target.selector, json } = typed;
  const options: SoakOptions = {
    ...{ minutes: typed.minutes, sessions: typed.sessions, rate: typed.rate, faults: typed.faults },
    ...{ ttlSeconds: typed.ttl, recoverWithinSeconds: typed.recoverWithin, timeoutSeconds: typed.timeout },
    ...{ model: typed.model, tenant: typed.tenant, serviceUrl: typed.url },
    target: { ...target, context, namespace, selector },
  };
  const consent = { checks: disruptiveChecks, target: options.target };
  const { asksFirst } = readConsent(typed, consent, terminal, violations);
  const unwritable: Violation[] = [];
  if (json !== undefined) wantedReports([`json=${json}`], unwritable);
  violations.push(...unwritable.map((it) => ({ ...it, path: "--json", remedy: "name a file that can be written" })));
  violations.push(...soakViolations(options));
  if (violations.length > 0) throw new UsageError(violations);
  return { options, json, asksFirst };
}
