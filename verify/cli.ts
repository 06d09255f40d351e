#!/usr/bin/env node
// The command line: `npm run verify`, and `plano-affinity` where it is installed.
import { exitCode, verify } from ".";
import { checkTitles } from "./checks";
import { parseArguments, type CliRequest } from "./cli/arguments";
import { confirm, processTerminal } from "./cli/consent";
import { ProgressLine } from "./cli/progress";
import { runForVerdict } from "./cli/run-for-verdict";
import { standardOutput, writeReport } from "./cli/wanted-reports";
import type { InClusterOutcome, JobOptions } from "./in-cluster";
import { reportFormats } from "./report/formats";
import { renderTable } from "./report/table";

/** Other targets than a Job's are usage errors by now. */
async function measure(
  { options, reports, quiet, color, asksFirst, inCluster }: CliRequest,
  signal: AbortSignal,
): Promise<() => Promise<number>> {
  if (inCluster?.mode === "print") {
    const { readProgram, renderManifests } = await import("./in-cluster/index.js");
    await writeReport(standardOutput, renderManifests(options as JobOptions, readProgram(), inCluster.image));
    return async () => 0;
  }
  const progress = new ProgressLine(process.stderr);
  const confirmDisruption = async (plan: readonly string[]): Promise<boolean> => {
    progress.clear();
    return confirm(plan, processTerminal, signal);
  };
  const stoppable = { ...options, signal, ...(asksFirst ? { confirmDisruption } : {}) };
  const show = quiet ? undefined : progress.show;
  const outcome = async (): Promise<InClusterOutcome> => {
    if (inCluster === undefined) return { report: await verify(stoppable, show), leftover: undefined };
    const { readProgram, runInCluster } = await import("./in-cluster/index.js");
    return runInCluster(stoppable as JobOptions, readProgram(), inCluster.image, show);
  };
  const { report, leftover } = await outcome();
  return async () => {
    progress.clear();
    const colored = color && (process.env["NO_COLOR"] ?? "") === "" && process.stdout.isTTY === true;
    if (reports.every(({ path }) => path !== standardOutput))
      process.stdout.write(`${renderTable(report, { color: colored })}\n`);
    if (leftover !== undefined) process.stderr.write(`${leftover}\n`);
    for (const { format, path } of reports) await writeReport(path, reportFormats[format](report, checkTitles));
    return exitCode(report);
  };
}

runForVerdict(async (signal) => measure(parseArguments(process.argv.slice(2)), signal));
