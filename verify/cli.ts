#!/usr/bin/env node
// The command line: `npm run verify`, and `plano-affinity` where it is installed.
import { exitCode, UsageError, verify, type VerifyOptions } from ".";
import { checkTitles } from "./checks";
import { namesContractFile, parseArguments, type CliRequest } from "./cli/arguments";
import { confirm, processTerminal } from "./cli/consent";
import { ProgressLine } from "./cli/progress";
import { endOf, runForVerdict } from "./cli/run-for-verdict";
import { standardOutput, writeReport } from "./cli/wanted-reports";
import { contractReader } from "./contracts/read";
import type { InClusterOutcome, JobOptions } from "./in-cluster";
import { reportFormats } from "./report/formats";
import { suggestPrompts } from "./prompts";
import { renderTable } from "./report/table";
import { readHints } from "./targets/hints";

/** Other targets than a Job's are usage errors by now. */
async function measure(request: CliRequest, signal: AbortSignal): Promise<() => Promise<number>> {
  const { reports, quiet, color, asksFirst, inCluster, leftOut } = request;
  const options = inCluster?.mode === "print" ? request.options : await withHints(request, signal);
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
      process.stdout.write(`${renderTable(report, { color: colored, prompts: request.suggestPrompts })}\n${leftOut}`);
    if (leftover !== undefined) process.stderr.write(`${leftover}\n`);
    let code: number = exitCode(report);
    for (const { format, path } of reports)
      try {
        await writeReport(path, reportFormats[format](report, checkTitles));
      } catch (error) {
        // The others may hold all that a long run has measured.
        const failure = endOf(error);
        process.stderr.write(failure.err ?? "");
        code = failure.code;
      }
    return code;
  };
}

/** With what the deployment says of itself, where the command line says nothing. */
async function withHints(
  { options, takesHints, suggestPrompts: suggests }: CliRequest,
  signal: AbortSignal,
): Promise<VerifyOptions> {
  const { target } = options;
  if (target.kind !== "kubernetes" || !(takesHints.model || takesHints.prompts)) return options;
  const { model, prompts, descriptions = [] } = await readHints(target, signal);
  const hinted = {
    ...options,
    ...(takesHints.model && model !== undefined && { model }),
    ...(takesHints.prompts && prompts !== undefined && { prompts }),
  };
  if (!suggests) return hinted;
  if (descriptions.length > 1) return { ...hinted, prompts: suggestPrompts(descriptions), checks: ["control"] };
  const reason = `the ConfigMap plano-config in namespace ${target.namespace} has fewer than two routes, or cannot be read`;
  throw new UsageError([{ path: "--suggest-prompts", reason, remedy: "write --prompts by hand" }]);
}

runForVerdict(async () => {
  const argv = process.argv.slice(2);
  return parseArguments(argv, undefined, namesContractFile(argv) ? await contractReader() : undefined);
}, measure);
