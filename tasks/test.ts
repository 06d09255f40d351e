import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { constants, setPriority, tmpdir } from "node:os";
import { delimiter, dirname, join, sep } from "node:path";
import { streamProgress } from "../sandbox/common/progress";
import { ensureBrowser } from "../sandbox/toolchain/browser";
import { ensureTools } from "../sandbox/toolchain/ensure";
import { sandboxTools } from "../sandbox/toolchain/tools";
import { closingLines, type Counts, sum } from "./counts";
import { houseChecks, keepHouse } from "./house-checks";
import { interruption, runTask, UserError } from "./main";
import { projectFolder } from "./pulumi-environment";

interface Stage {
  readonly folder: string;
  /** Longest time of one test, in milliseconds. */
  readonly timeoutMs: number;
  /** Whether it runs programs of the tool chain. */
  readonly needsTools: boolean;
  /** Stages that only run when they are named, or with all others. Default: part of `npm test`. */
  readonly onRequest?: "named" | "all";
  /** Folders that run beside the others: most tests wait more than they work. Default: one after another. */
  readonly beside?: readonly string[];
}

const stages: Readonly<Record<string, Stage>> = {
  unit: { folder: "test/unit", timeoutMs: 10_000, needsTools: false },
  integration: {
    folder: "test/integration",
    timeoutMs: 120_000,
    needsTools: true,
    // Those that take the time of what they test stay together.
    beside: ["clusters", "components", "images", "plugins", "redis", "tasks", "toolchain"],
  },
  e2e: { folder: "test/e2e", timeoutMs: 300_000, needsTools: true },
  scenarios: { folder: "test/scenarios", timeoutMs: 300_000, needsTools: true, onRequest: "all" },
  soak: { folder: "test/soak", timeoutMs: 1_800_000, needsTools: true, onRequest: "named" },
};

/** The stage that runs nothing of the project, and so takes no part in the table. */
const house = "house";

/** All stages but those that take longest. */
const all = "all";

/** `npm test [-- house|unit|integration|e2e|scenarios|soak|all …]`: the tests, by stage, and one closing line with all counts. */
runTask(async (args) => {
  const known = [house, ...Object.keys(stages)];
  const unknown = args.filter((it) => ![...known, all].includes(it));
  if (unknown.length > 0) throw new UserError(`there is no stage ${unknown.join(", ")}; stages are ${known.join(", ")}, ${all}`);
  const names = known.filter((it) => isMeant(it, args));
  const signal = interruption();
  const counts: Counts[] = [];
  // Before the tools are made, which may take a quarter of an hour.
  if (names.includes(house))
    counts.push(await keepHouse(houseChecks(args.includes(house)), (line) => process.stdout.write(`${line}\n`), signal));
  const tools = names.some((it) => stages[it]?.needsTools) ? await toolEnvironment(signal) : process.env;
  const env = names.includes("integration") ? { ...tools, ...(await browserEnvironment(signal)) } : tools;
  for (const name of names) {
    signal.throwIfAborted();
    const stage = stages[name];
    if (stage !== undefined) counts.push(await runStage(name, stage, env));
  }
  const total = sum(counts);
  process.stdout.write(`${closingLines(total).join("\n")}\n`);
  return total.failed.length === 0 ? 0 : 1;
});

/** Whether a stage runs, when these are named. */
function isMeant(name: string, named: readonly string[]): boolean {
  const when = stages[name]?.onRequest;
  return named.includes(name) || (when === undefined && named.length === 0) || (when !== "named" && named.includes(all));
}

/** Puts the tool chain on PATH, so that tests start redis-server and Pulumi by name. */
async function toolEnvironment(signal: AbortSignal): Promise<NodeJS.ProcessEnv> {
  const tools = await ensureTools(["kubernetes", "pulumi", ...sandboxTools.slice(1)], streamProgress(process.stderr), signal);
  const folders = new Set(
    Object.values(tools)
      .flatMap((it) => Object.values(it.binaries))
      .map((it) => dirname(it)),
  );
  return {
    ...process.env,
    PATH: [...folders, process.env.PATH ?? ""].join(delimiter),
    PLANO_AFFINITY_PULUMI: tools.pulumi.binaries["pulumi"],
  };
}

/** The browser of the tests; where none can be had, why, which the tests that need one give as their reason to be skipped. */
async function browserEnvironment(signal: AbortSignal): Promise<NodeJS.ProcessEnv> {
  try {
    return { CHROME_PATH: await ensureBrowser(streamProgress(process.stderr), signal) };
  } catch (error) {
    signal.throwIfAborted();
    return { PLANO_AFFINITY_NO_BROWSER: error instanceof Error ? error.message.split("\n")[0] : String(error) };
  }
}

/** Runs a stage's tests, in one or two lanes. What the second lane prints comes when the first has ended. */
async function runStage(name: string, stage: Stage, env: NodeJS.ProcessEnv): Promise<Counts> {
  process.stdout.write(`\n${name}\n`);
  const files = (await readdir(join(projectFolder, stage.folder), { recursive: true }))
    .filter((file) => file.endsWith(".test.ts"))
    .sort();
  const { beside = [] } = stage;
  const isBeside = (file: string): boolean => beside.includes(file.split(sep)[0] ?? "");
  const missing = beside.filter((folder) => !files.some((file) => file.startsWith(`${folder}${sep}`)));
  if (missing.length > 0) throw new Error(`${stage.folder} has no tests in ${missing.join(", ")}`);
  const paths = (chosen: readonly string[]): string[] => chosen.map((file) => join(stage.folder, file));
  const first = runLane(stage, paths(files.filter((file) => !isBeside(file))), env);
  if (beside.length === 0) return first;
  const [one, other] = await Promise.all([first, runLane(stage, paths(files.filter(isBeside)), env, first)]);
  return sum([one, other]);
}

/** @param after what has to end before anything is printed; default: nothing */
async function runLane(
  stage: Stage,
  files: readonly string[],
  env: NodeJS.ProcessEnv,
  after?: Promise<unknown>,
): Promise<Counts> {
  const folder = await mkdtemp(join(tmpdir(), "plano-affinity-test-"));
  const file = join(folder, "counts.json");
  try {
    const args = ["--spec", ...files, "--timeout", String(stage.timeoutMs), "--reporter", "./test/reporter.cjs"];
    const mocha = join(projectFolder, "node_modules", "mocha", "bin", "mocha.js");
    const child = spawn(process.execPath, [mocha, ...args], {
      cwd: projectFolder,
      stdio: ["ignore", after === undefined ? "inherit" : "pipe", after === undefined ? "inherit" : "pipe"],
      env: { ...env, PLANO_AFFINITY_COUNTS: file },
    });
    // The other lane has the tests that depend on the time.
    if (after !== undefined && child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
    const held: string[] = [];
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", (text: string) => held.push(text));
    const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
    await after;
    process.stdout.write(held.join(""));
    // Without counts mocha ended before the tests did: that is a failure, whatever it says.
    const early = { title: `mocha ${files.join(" ")}`, reason: `it ended with ${code}, and not by its tests` };
    if (!existsSync(file)) return { passed: 0, failed: [early], skipped: [] };
    const counts = JSON.parse(await readFile(file, "utf8")) as Counts;
    return code !== 0 && counts.failed.length === 0 ? { ...counts, failed: [early] } : counts;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
