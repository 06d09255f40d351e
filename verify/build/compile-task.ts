// Run by commands/bootstrap/run.mjs, which knows where the result is looked for.
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import { dirname, join } from "node:path";
import { runProgram } from "../../lib/process";
import { bundle, projectFolder } from "./bundle";

/** How long after its replacement a run may still read the chunks of a compiled task, in milliseconds. */
const unusedAfterMs = 60 * 60 * 1000;

/** Clocks of file systems lag behind the machine's by a few milliseconds. */
const lagMs = 100;

/** What it depends on besides the sources that esbuild lists: the packages, and how it is compiled. */
const further = ["package-lock.json", "verify/build/bundle.ts", "verify/build/compile-task.ts"];

/** Compiles `commands/<task>.ts` into a new folder below `cache`, then makes `<cache>/<task>.json` name it. */
async function compileTask(task: string, cache: string): Promise<void> {
  const since = Date.now() - lagMs;
  const folder = join(cache, `${task}-${randomBytes(6).toString("hex")}`);
  const sources = await bundle({ [task]: `commands/${task}.ts` }, folder);
  const own = [...sources.filter((path) => !path.includes("node_modules/")), ...further].map((path) => {
    const { mtimeMs, size } = fs.statSync(join(projectFolder, path));
    // Edited while it was being compiled: the next run compiles again, since either text may have been read.
    return { path, size, mtimeMs: mtimeMs >= since ? null : mtimeMs };
  });
  const record = join(cache, `${task}.json`);
  removeReplaced(task, cache, record);
  fs.writeFileSync(`${folder}.json`, JSON.stringify({ program: join(folder, `${task}.mjs`), sources: own }));
  fs.renameSync(`${folder}.json`, record);
}

/** Dates the program that is replaced now, and removes those that were replaced long ago. */
function removeReplaced(task: string, cache: string, record: string): void {
  if (fs.existsSync(record)) {
    const { program } = JSON.parse(fs.readFileSync(record, "utf8")) as { readonly program: string };
    if (fs.existsSync(program)) fs.utimesSync(dirname(program), new Date(), new Date());
  }
  for (const name of fs.readdirSync(cache).filter((it) => it.startsWith(`${task}-`))) {
    const age = Date.now() - (fs.statSync(join(cache, name), { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > unusedAfterMs) fs.rmSync(join(cache, name), { recursive: true, force: true });
  }
}

const [task = "", cache = ""] = process.argv.slice(2);
fs.mkdirSync(cache, { recursive: true });
void runProgram(() => compileTask(task, cache).then(() => 0));
