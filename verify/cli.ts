#!/usr/bin/env node
// The command line: `npm run verify`, and `plano-affinity` where it is installed.
import { exitCode, UsageError, verify } from ".";
import { checkTitles } from "./checks";
import { parseArguments, type CliRequest } from "./cli/arguments";
import { HelpRequested } from "./cli/command";
import { confirm, processTerminal } from "./cli/consent";
import { ProgressLine } from "./cli/progress";
import { standardOutput, writeReport } from "./cli/wanted-reports";
import { reasonOf } from "./common/errors";
import type { InClusterOutcome, JobOptions } from "./in-cluster";
import type { VerifyOptions } from "./options";
import { reportFormats } from "./report/formats";
import { renderTable } from "./report/table";

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
    process.stderr.write(`${error instanceof UsageError ? error.message : reasonOf(error)}\n`);
    return badUsage;
  }
}

async function run({ options, reports, quiet, color, asksFirst, inCluster }: CliRequest): Promise<number> {
  if (inCluster?.mode === "print") {
    const { readProgram, renderManifests } = await import("./in-cluster/index.js");
    process.stdout.write(renderManifests(asJobOptions(options), readProgram(), inCluster.image));
    return 0;
  }
  const interruption = new AbortController();
  const onSignal = (): void => interruption.abort();
  // A second Ctrl-C finds no handler and ends the process at once. A hang-up may come twice: from the terminal and from npm.
  process.once("SIGINT", onSignal).on("SIGTERM", onSignal).on("SIGHUP", onSignal);
  const progress = new ProgressLine(process.stderr);
  const confirmDisruption = async (plan: readonly string[]): Promise<boolean> => {
    progress.clear();
    return confirm(plan, processTerminal, interruption.signal);
  };
  const stoppable = { ...options, signal: interruption.signal, ...(asksFirst ? { confirmDisruption } : {}) };
  const show = quiet ? undefined : progress.show;
  const outcome = async (): Promise<InClusterOutcome> => {
    if (inCluster === undefined) return { report: await verify(stoppable, show), leftover: undefined };
    const { readProgram, runInCluster } = await import("./in-cluster/index.js");
    return runInCluster(asJobOptions(stoppable), readProgram(), inCluster.image, show);
  };
  const { report, leftover } = await outcome();
  progress.clear();
  const colored = color && (process.env["NO_COLOR"] ?? "") === "" && process.stdout.isTTY === true;
  if (reports.every(({ path }) => path !== standardOutput)) process.stdout.write(`${renderTable(report, { color: colored })}\n`);
  for (const { format, path } of reports) await writeReport(path, reportFormats[format](report, checkTitles));
  if (leftover !== undefined) process.stderr.write(`${leftover}\n`);
  return exitCode(report);
}

/** Other targets are usage errors, found when the command line was read. */
function asJobOptions(options: VerifyOptions): JobOptions {
  const { target } = options;
  if (target.kind !== "kubernetes") throw new Error(`a Job cannot verify a target of the kind ${target.kind}`);
  return { ...options, target };
}

// A reader may have seen enough (`… | head`): that is no reason for another exit code than the verdict's.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
