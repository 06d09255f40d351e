import { writeFile } from "node:fs/promises";
import { machine } from "../bench";
import { renderSoak, soak, soakExitCode, soakPage } from "../soak";
import { readSoak, SoakHelp, type SoakRequest } from "../soak/command";
import { confirm } from "../verify/cli/confirm";
import { processTerminal } from "../verify/cli/consent";
import { ProgressLine } from "../verify/cli/progress";
import { reasonOf, UsageError } from "../verify/common/errors";
import { interruption, runTask } from "./main";
import "./sandbox-kubeconfig";

/** Bad usage or configuration, as with the verifier. */
const badUsage = 3;

/** `npm run soak -- --minutes N …`: constant traffic, faults, and one report; the exit code is that of its verdict. */
runTask(async (args) => {
  try {
    return await run(readSoak(args), args);
  } catch (error) {
    if (error instanceof SoakHelp) {
      process.stdout.write(error.message);
      return 0;
    }
    process.stderr.write(`${error instanceof UsageError ? error.message : reasonOf(error)}\n`);
    return badUsage;
  }
});

async function run({ options, json, markdown, asksFirst }: SoakRequest, args: readonly string[]): Promise<number> {
  const signal = interruption();
  const progress = new ProgressLine(process.stderr);
  const ask = async (plan: readonly string[]): Promise<boolean> => {
    progress.clear();
    return confirm(plan, processTerminal, signal);
  };
  const report = await soak({ ...options, signal, ...(asksFirst ? { confirm: ask } : {}) }, progress.show);
  progress.clear();
  const color = process.stdout.isTTY === true && (process.env.NO_COLOR ?? "") === "";
  process.stdout.write(`${renderSoak(report, { color })}\n`);
  if (json !== undefined) await writeFile(json, `${JSON.stringify(report, null, 2)}\n`);
  if (markdown !== undefined) {
    const command = ["npm run soak", ...(args.length === 0 ? [] : ["--", ...args])].join(" ");
    await writeFile(markdown, soakPage(report, { command, machine: machine() }));
  }
  return soakExitCode(report);
}
