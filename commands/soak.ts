import { writeFile } from "node:fs/promises";
import { renderSoak, soak, soakPage } from "../verify/disruption/soak";
import { endOf, readSoak, type SoakRequest } from "../verify/disruption/soak/command";
import { confirm, processTerminal } from "../verify/cli/consent";
import { ProgressLine } from "../verify/cli/progress";
import { exitCode } from "../verify/report/report";
import { interruption, machine, runTask } from "./main";
import "./sandbox-kubeconfig";

/** `npm run soak -- --minutes N …`: constant traffic, faults, and one report; the exit code is that of its verdict. */
runTask(async (args) => {
  try {
    return await run(readSoak(args), args);
  } catch (error) {
    const { out = "", err = "", code } = endOf(error);
    process.stdout.write(out);
    process.stderr.write(err);
    return code;
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
    await writeFile(markdown, soakPage(report, command, machine()));
  }
  return exitCode(report);
}
