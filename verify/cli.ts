import { exitCode, renderTable, UsageError, verify } from ".";
import { HelpRequested, parseArguments, type CliRequest } from "./cli/arguments";
import { ProgressLine } from "./cli/progress";
import { writeReport } from "./cli/write-report";
import { reasonOf } from "./common/errors";

/** Bad usage or configuration. */
const badUsage = 3;

/** Runs the command line; the only place of the verifier that prints and exits. */
async function main(argv: readonly string[]): Promise<number> {
  try {
    return await run(parseArguments(argv));
  } catch (error) {
    if (error instanceof HelpRequested) {
      process.stdout.write(error.message);
      return 0;
    }
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\n`);
      return badUsage;
    }
    process.stderr.write(`${reasonOf(error)}\n`);
    return badUsage;
  }
}

async function run({ options, reports, quiet, color }: CliRequest): Promise<number> {
  const interruption = new AbortController();
  const onSignal = (): void => interruption.abort();
  // A second Ctrl-C finds no handler and ends the process at once.
  process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
  const progress = new ProgressLine(process.stderr);
  const report = await verify({ ...options, signal: interruption.signal }, quiet ? undefined : progress.show);
  progress.clear();
  const colored = color && (process.env["NO_COLOR"] ?? "") === "" && process.stdout.isTTY === true;
  process.stdout.write(`${renderTable(report, { color: colored })}\n`);
  for (const { format, path } of reports) writeReport(path, format.render(report));
  return exitCode(report);
}

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
