import { writeWhole } from "../lib/files";
import { renderSoak, soak } from "../verify/disruption/soak";
import { readSoak, type SoakRequest } from "../verify/disruption/soak/command";
import { confirm, processTerminal } from "../verify/cli/consent";
import { ProgressLine } from "../verify/cli/progress";
import { runForVerdict } from "../verify/cli/run-for-verdict";
import { exitCode } from "../verify/report/report";
import "./sandbox-kubeconfig";

/** `npm run soak -- --minutes N …`: constant traffic, faults, and one report; the exit code is that of its verdict. */
runForVerdict(() => readSoak(process.argv.slice(2)), run);

async function run({ options, json, asksFirst }: SoakRequest, signal: AbortSignal): Promise<() => Promise<number>> {
  const progress = new ProgressLine(process.stderr);
  const ask = async (plan: readonly string[]): Promise<boolean> => {
    progress.clear();
    return confirm(plan, processTerminal, signal);
  };
  const report = await soak({ ...options, signal, ...(asksFirst ? { confirm: ask } : {}) }, progress.show);
  return async () => {
    progress.clear();
    const color = process.stdout.isTTY === true && (process.env.NO_COLOR ?? "") === "";
    process.stdout.write(`${renderSoak(report, { color })}\n`);
    if (json !== undefined) await writeWhole(json, `${JSON.stringify(report, null, 2)}\n`);
    return exitCode(report);
  };
}
