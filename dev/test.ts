import { join } from "node:path";
import { temporaryFolder } from "../lib/files";
import { streamProgress } from "../lib/progress";
import { ensureBrowser } from "../sandbox/toolchain/browser";
import { ensureTools } from "../sandbox/toolchain/ensure";
import { sandboxTools } from "../sandbox/toolchain/tools";
import { closingLines, type Counts, sum } from "./counts";
import { coveredLines, judge } from "./coverage";
import { houseChecks, keepHouse } from "./house-checks";
import { interruption, pathWith, runTask, UserError } from "../commands/main";
import { runStage, type Stage, stages } from "./test-stages";

/** Checks that run none of the project's code; coverage of the unit and integration tests; all but what is only named. */
const [house, coverage, all] = ["house", "coverage", "all"];

/** `npm test [-- house|unit|integration|coverage|e2e|scenarios|soak|all …]`: the tests, by stage, and one closing line with all counts. */
runTask(async (args) => {
  const known = [house, ...Object.keys(stages)];
  const unknown = args.filter((it) => ![...known, coverage, all].includes(it));
  if (unknown.length > 0)
    throw new UserError(`there is no stage ${unknown.join(", ")}; stages are ${[...known, coverage, all].join(", ")}`);
  const isCounted = args.includes(coverage) || args.includes(all);
  const names = known.filter((it) => isMeant(it, isCounted ? [...args, "unit", "integration"] : args));
  const signal = interruption();
  await using folder = isCounted ? await temporaryFolder("plano-affinity-coverage-") : undefined;
  const counting = folder && { NODE_V8_COVERAGE: join(folder.path, "raw") };
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  // These come before the tools, which may take a quarter of an hour to build, and side by side: nothing in them is timed.
  const kept = names.includes(house) ? keepHouse(houseChecks(args.includes(house)), print, signal) : undefined;
  const stagesOf = (needsTools: boolean): [string, Stage][] =>
    Object.entries(stages).filter(([name, stage]) => names.includes(name) && stage.needsTools === needsTools);
  const early = stagesOf(false).map(([name, stage]) => runStage(name, stage, { ...process.env, ...counting }, signal, kept));
  const counts: Counts[] = await Promise.all([...(kept === undefined ? [] : [kept]), ...early]);
  const late = stagesOf(true);
  const tools = late.length > 0 ? await toolEnvironment(signal) : process.env;
  const env = names.includes("integration") ? { ...tools, ...(await browserEnvironment(signal)) } : tools;
  for (const [name, stage] of late) {
    signal.throwIfAborted();
    counts.push(await runStage(name, stage, name === "integration" ? { ...env, ...counting } : env, signal));
    if (name === "integration" && counting !== undefined) {
      print("\ncoverage\n\n  of lines, by unit and integration tests");
      counts.push(judge(await coveredLines(counting.NODE_V8_COVERAGE, signal), print));
    }
  }
  const total = sum(counts);
  closingLines(total).forEach(print);
  return total.failed.length === 0 ? 0 : 1;
});

/** Whether a stage runs, when these are named. */
function isMeant(name: string, named: readonly string[]): boolean {
  const when = stages[name]?.onRequest;
  return named.includes(name) || (when === undefined && named.length === 0) || (when !== "named" && named.includes(all));
}

/** An environment in which tests start redis-server and Pulumi by name. */
async function toolEnvironment(signal: AbortSignal): Promise<NodeJS.ProcessEnv> {
  const tools = await ensureTools(["kubernetes", "pulumi", ...sandboxTools.slice(1)], streamProgress(process.stderr), signal);
  return { ...process.env, PATH: pathWith(tools) };
}

/** The browser of the tests, or why there is none, which is why tests that need one are skipped. */
async function browserEnvironment(signal: AbortSignal): Promise<NodeJS.ProcessEnv> {
  try {
    return { CHROME_PATH: await ensureBrowser(streamProgress(process.stderr), signal) };
  } catch (error) {
    signal.throwIfAborted();
    return { PLANO_AFFINITY_NO_BROWSER: error instanceof Error ? error.message.split("\n")[0] : String(error) };
  }
}
