import { join } from "node:path";
import { temporaryFolder } from "../lib/files";
import { streamProgress } from "../lib/progress";
import { ensureTools } from "../sandbox/toolchain/ensure";
import { sandboxTools } from "../sandbox/toolchain/tools";
import { closingLines, type Counts, sum } from "./counts";
import { interruption, pathWith, runTask, UserError } from "../commands/main";
import { runStage, type Stage, stages } from "./test-stages";

/** All stages but what is only named. */
const all = "all";
/** The stages whose lines the stage `coverage` counts. */
const counted = ["unit", "integration"];

/** `npm test [-- house|unit|integration|coverage|e2e|scenarios|soak|all …]`: the tests, by stage, and one closing line with all counts. */
runTask(async (args) => {
  const known = Object.keys(stages);
  const unknown = args.filter((it) => ![...known, all].includes(it));
  if (unknown.length > 0)
    throw new UserError(`there is no stage ${unknown.join(", ")}; stages are ${[...known, all].join(", ")}`);
  const isCounted = args.includes("coverage") || args.includes(all);
  const names = known.filter((it) => isMeant(it, isCounted ? [...args, ...counted] : args));
  const signal = interruption();
  await using folder = isCounted ? await temporaryFolder("plano-affinity-coverage-") : undefined;
  const raw = folder && join(folder.path, "raw");
  if (raw !== undefined) process.env.PLANO_AFFINITY_COVERAGE = raw;
  if (args.includes("house")) process.env.PLANO_AFFINITY_AUDIT = "strict";
  const environment = (name: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
    raw !== undefined && counted.includes(name) ? { ...env, NODE_V8_COVERAGE: raw } : env;
  const stagesOf = (needsTools: boolean): [string, Stage][] =>
    Object.entries(stages).filter(([name, stage]) => names.includes(name) && stage.needsTools === needsTools);
  // These come before the tools, which may take a quarter of an hour to build, and side by side: nothing in them is timed.
  const early: Promise<Counts>[] = [];
  for (const [name, stage] of stagesOf(false))
    early.push(runStage(name, stage, environment(name, process.env), signal, early.at(-1)));
  const counts = await Promise.all(early);
  const late = stagesOf(true);
  const env = late.length > 0 ? await toolEnvironment(signal) : process.env;
  for (const [name, stage] of late) {
    signal.throwIfAborted();
    counts.push(await runStage(name, stage, environment(name, env), signal));
  }
  const total = sum(counts);
  for (const line of closingLines(total)) process.stdout.write(`${line}\n`);
  return total.failed.length === 0 ? 0 : 1;
});

function isMeant(name: string, named: readonly string[]): boolean {
  const when = stages[name]?.onRequest;
  return named.includes(name) || (when === undefined && named.length === 0) || (when !== "named" && named.includes(all));
}

/** An environment in which tests start redis-server and Pulumi by name. */
async function toolEnvironment(signal: AbortSignal): Promise<NodeJS.ProcessEnv> {
  const tools = await ensureTools(["pulumi", ...sandboxTools], streamProgress(process.stderr), signal);
  return { ...process.env, PATH: pathWith(tools) };
}
