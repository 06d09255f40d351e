// Run by commands/bootstrap/compiled.mjs, which knows where the result is looked for.
import { createHash, randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { clientNodeParts } from "../../lib/kubernetes/client-node";
import { bundle, projectFolder } from "./bundle";
import { clientNode } from "./client-node";

/** So long after a compiled task was replaced no run is left that may still read its chunks, in milliseconds. */
const unusedAfterMs = 60 * 60 * 1000;

/** Clocks of file systems lag behind the machine's by a few milliseconds. */
const lagMs = 100;

/** What it hangs on besides the sources that esbuild names: the packages, and how it is compiled. */
const further = [
  "package-lock.json",
  ...["bundle", "client-node", "compile-task", "lazy-packages"].map((it) => `verify/build/${it}.ts`),
];

/** Compiles `commands/<task>.ts` into a new folder below `cache`, then makes `<cache>/<task>.json` name it. */
async function compileTask(task: string, cache: string): Promise<void> {
  const since = Date.now() - lagMs;
  const folder = join(cache, `${task}-${randomBytes(6).toString("hex")}`);
  const { sources } = await bundle({ [task]: `commands/${task}.ts` }, folder, {
    compiledClientNode: await compileClientNode(cache),
  });
  const own = [...sources.filter((path) => !path.includes("node_modules/")), ...further].map((path) => {
    const { mtimeMs, size } = statSync(join(projectFolder, path));
    // Edited while it was being compiled: no telling which text was read, so that the next run compiles again.
    return { path, size, mtimeMs: mtimeMs >= since ? null : mtimeMs };
  });
  const record = join(cache, `${task}.json`);
  removeReplaced(task, cache, record);
  writeFileSync(`${folder}.json`, JSON.stringify({ program: join(folder, `${task}.mjs`), sources: own }));
  renameSync(`${folder}.json`, record);
}

/** Compiles the Kubernetes client, once for the packages and settings that there are: it takes longer than all the rest. */
async function compileClientNode(cache: string): Promise<string> {
  const hash = createHash("sha256").update(clientNodeParts.join());
  for (const path of further) hash.update(readFileSync(join(projectFolder, path)));
  const folder = join(cache, `client-node-${hash.digest("hex").slice(0, 12)}`);
  if (!existsSync(folder)) {
    const unfinished = `${folder}-${randomBytes(6).toString("hex")}`;
    await bundle({ "client-node": clientNode }, unfinished, { isPart: true });
    try {
      renameSync(unfinished, folder);
    } catch (error) {
      // Another run was quicker.
      if (!existsSync(folder)) throw error;
      rmSync(unfinished, { recursive: true });
    }
  }
  return join(folder, "client-node.mjs");
}

/** Marks the one that is replaced now with the time, and removes those that were replaced long ago. */
function removeReplaced(task: string, cache: string, record: string): void {
  if (existsSync(record)) {
    const { program } = JSON.parse(readFileSync(record, "utf8")) as { readonly program: string };
    if (existsSync(program)) utimesSync(dirname(program), new Date(), new Date());
  }
  for (const name of readdirSync(cache).filter((it) => it.startsWith(`${task}-`))) {
    const age = Date.now() - (statSync(join(cache, name), { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > unusedAfterMs) rmSync(join(cache, name), { recursive: true, force: true });
  }
}

const [task = "", cache = ""] = process.argv.slice(2);
mkdirSync(cache, { recursive: true });
compileTask(task, cache).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
