import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { run } from "../../lib/command";
import { projectFolder } from "../../commands/main";

/** The least share of a room's lines that tests have to run, in percent. */
export const floors: Readonly<Record<string, number>> = { components: 90, clusters: 90, verify: 90, standin: 90 };

/** Lines of one file. */
export interface Lines {
  /** Path from the checkout. */
  readonly file: string;
  readonly total: number;
  readonly covered: number;
}

/** Which lines ran, of all processes that had the folder `raw` in NODE_V8_COVERAGE. */
export async function coveredLines(raw: string): Promise<Lines[]> {
  for (const file of await readdir(raw)) await keepOurs(join(raw, file));
  const reports = join(raw, "..", "coverage");
  const args = [
    ...["report", "--temp-directory", raw, "--reports-dir", reports, "--reporter", "json-summary"],
    // Lines of bundles count for the sources that the bundles are made of.
    ...["--all", "--exclude-after-remap"],
    ...["**/*.d.ts", "**/*.test.ts", "**/testing/**"].flatMap((it) => ["--exclude", it]),
    ...Object.keys(floors).flatMap((room) => ["--include", `${room}/**/*.ts`]),
  ];
  await run(process.execPath, [require.resolve("c8/bin/c8.js"), ...args], { cwd: projectFolder, tied: true });
  const summary = JSON.parse(await readFile(join(reports, "coverage-summary.json"), "utf8")) as Readonly<
    Record<string, { readonly lines: { readonly total: number; readonly covered: number } }>
  >;
  return Object.entries(summary)
    .filter(([path]) => path !== "total")
    .map(([path, { lines }]) => ({ file: relative(projectFolder, path), ...lines }));
}

interface Raw {
  readonly result: readonly { readonly url: string }[];
  readonly "source-map-cache"?: Readonly<Record<string, unknown>>;
}

/** Takes the packages out: they are a hundred times as much. */
async function keepOurs(file: string): Promise<void> {
  const project = `${pathToFileURL(projectFolder).href}/`;
  const temporary = pathToFileURL(tmpdir()).href;
  const isOurs = (url: string): boolean =>
    (url.startsWith(project) || url.startsWith(temporary)) && !url.includes("/node_modules/");
  const { result, "source-map-cache": maps = {} } = JSON.parse(await readFile(file, "utf8")) as Raw;
  const ours = result.filter(({ url }) => isOurs(url));
  if (ours.length === 0) return rm(file);
  const ourMaps = Object.fromEntries(Object.entries(maps).filter(([url]) => isOurs(url)));
  await writeFile(file, JSON.stringify({ result: ours, "source-map-cache": ourMaps }));
}

/** Why the tests run too little of a room, and where most is missing; undefined where they run enough. */
export function shortfall(room: string, all: readonly Lines[]): string | undefined {
  const files = all.filter(({ file }) => file.startsWith(`${room}${sep}`));
  const total = files.reduce((sum, it) => sum + it.total, 0);
  const covered = files.reduce((sum, it) => sum + it.covered, 0);
  const percent = total === 0 ? 0 : (covered / total) * 100;
  if (percent >= (floors[room] ?? 100)) return undefined;
  const missing = files.map((it) => ({ ...it, lines: it.total - it.covered })).sort((a, b) => b.lines - a.lines);
  const worst = missing.slice(0, 5).map(({ file, lines }) => `${file} (${lines})`);
  return `it is ${percent.toFixed(1)} % of ${total} lines; most are missing in ${worst.join(", ")}`;
}
