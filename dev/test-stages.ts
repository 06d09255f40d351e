import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../lib/command";
import { temporaryFolder } from "../lib/files";
import { type Counts, sum } from "./counts";
import { projectFolder } from "../commands/main";

/** Tests of one kind, which share a folder. */
export interface Stage {
  readonly folder: string;
  /** Folders in it that hold its tests. Default: all of it. */
  readonly rooms?: readonly string[];
  readonly timeoutMs: number;
  /** Whether it runs programs of the tool chain. */
  readonly needsTools: boolean;
  /** Stages that only run when they are named, or with all others. Default: part of `npm test`. */
  readonly onRequest?: "named" | "all";
  /**
   * Beginnings of paths whose tests run in a process of their own, beside those of the other lanes: most tests wait more
   * than they work. What no lane names is the first lane, whose output is seen as it comes. Default: one lane.
   */
  readonly lanes?: readonly (readonly string[])[];
}

/** The stages that mocha runs, in their order. */
export const stages: Readonly<Record<string, Stage>> = {
  // What runs none of the project's code.
  house: { folder: "test/house", timeoutMs: 900_000, needsTools: false },
  unit: {
    folder: ".",
    // Beside the code.
    rooms: ["clusters", "commands", "components", "dev", "images", "lib", "sandbox", "settings", "standin", "verify"],
    timeoutMs: 60_000,
    needsTools: false,
    lanes: [["commands/", "dev/", "lib/", "sandbox/", "verify/"]],
  },
  integration: {
    folder: "test/integration",
    timeoutMs: 120_000,
    needsTools: true,
    lanes: [
      ["verify/"],
      // These wait most of their time.
      [
        "verify/bad-input",
        "verify/compiled",
        "verify/front-door",
        "verify/interfaces",
        "verify/session-routing",
        "verify/trials",
      ],
      ["disruption/", "redis/"],
      ["clusters/", "components/", "images/"],
      ["dev/", "standin/"],
    ],
  },
  // Of the stages before it, whose lines are counted where it is meant.
  coverage: { folder: "test/covered", timeoutMs: 300_000, needsTools: true, onRequest: "all" },
  e2e: { folder: "test/e2e", timeoutMs: 300_000, needsTools: true, lanes: [["package"]] },
  // Scenarios on a sandbox one after the other, for each sees what the machine has left; beside them those that need none.
  scenarios: {
    folder: "test/scenarios",
    timeoutMs: 900_000,
    needsTools: true,
    onRequest: "all",
    lanes: [["loopback/"]],
  },
  soak: { folder: "test/soak", timeoutMs: 1_800_000, needsTools: true, onRequest: "named" },
};

/**
 * Runs a stage's tests. A lane's output is held back until the lanes before it have ended.
 *
 * @param after what runs beside it, and has to end before anything is printed; default: nothing
 */
export async function runStage(
  name: string,
  stage: Stage,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
  after: Promise<unknown> = Promise.resolve(),
): Promise<Counts> {
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  const titled = after.then(() => print(`\n${name}`));
  // Every lane awaits what comes before it when its own tests have ended.
  titled.catch(() => undefined);
  const counts: Promise<Counts>[] = [];
  for (const lane of split(await filesOf(stage), stage))
    counts.push(runLane(stage, lane, env, signal, print, counts.at(-1) ?? titled));
  return sum(await Promise.all(counts));
}

async function filesOf({ folder, rooms = [""] }: Stage): Promise<string[]> {
  const found = rooms.map(async (room) =>
    (await readdir(join(projectFolder, folder, room), { recursive: true })).map((it) => join(room, it)),
  );
  const files = (await Promise.all(found)).flat();
  return files.filter((it) => it.endsWith(".test.ts") && !it.includes("node_modules")).sort();
}

/** The lanes' files: each is in the lane with the longest beginning of its path. @throws Error when a lane names nothing */
export function split(files: readonly string[], { folder, lanes = [] }: Stage): string[][] {
  const names = lanes.flat().sort((a, b) => b.length - a.length);
  const missing = names.filter((name) => !files.some((file) => file.startsWith(name)));
  if (missing.length > 0) throw new Error(`${folder} has no tests in ${missing.join(", ")}`);
  const laneOf = (file: string): number => {
    const name = names.find((it) => file.startsWith(it));
    return lanes.findIndex((lane) => name !== undefined && lane.includes(name));
  };
  return [-1, ...lanes.keys()]
    .map((lane) => files.filter((file) => laneOf(file) === lane).map((file) => join(folder, file)))
    .filter((lane) => lane.length > 0);
}

/** @param before what has to end before anything is printed */
async function runLane(
  stage: Stage,
  files: readonly string[],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
  print: (line: string) => void,
  before: Promise<unknown>,
): Promise<Counts> {
  await using folder = await temporaryFolder("plano-affinity-test-");
  const file = join(folder.path, "counts.json");
  const mocha = join(projectFolder, "node_modules", "mocha", "bin", "mocha.js");
  const colour = process.stdout.isTTY ? ["--color"] : [];
  const args = [mocha, "--spec", ...files, "--timeout", String(stage.timeoutMs), "--reporter", "./dev/reporter.cjs", ...colour];
  const held: string[] = [];
  let onLine = (line: string): unknown => held.push(line);
  const turn = before.then(() => {
    held.forEach(print);
    onLine = print;
  });
  turn.catch(() => undefined);
  const options = {
    cwd: projectFolder,
    env: { ...env, PLANO_AFFINITY_COUNTS: file },
    signal,
    onLine: (line: string) => void onLine(line),
  };
  const failure = await run(process.execPath, args, options).then(
    () => undefined,
    (error: unknown) => error,
  );
  signal.throwIfAborted();
  await turn;
  // Without counts mocha ended before the tests did, which is a failure whatever its exit code.
  const early = { title: `mocha ${files.join(" ")}`, reason: "it ended before its tests did" };
  if (!existsSync(file)) return { passed: 0, failed: [early], skipped: [] };
  const counts = JSON.parse(await readFile(file, "utf8")) as Counts;
  return failure !== undefined && counts.failed.length === 0 ? { ...counts, failed: [early] } : counts;
}
