import { existsSync } from "node:fs";
import { lstat, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { run } from "../lib/command";
import { cacheDir } from "../lib/paths";
import type { Progress } from "../lib/progress";
import { linkPlugins } from "../sandbox/plugins/install";

/** Which plugins serve the engine. */
export type PluginOrigin = "official" | "minimal";

/** How long a download site that did not answer is left alone, in milliseconds. */
const askAgainMs = 24 * 3600_000;
/** Longest time for the download of a plugin, in milliseconds. */
const downloadLimitMs = 120_000;

/** Where the engine looks for plugins: with the official ones, and with the minimal ones. */
type PluginHomes = Readonly<Record<PluginOrigin, string>>;

/**
 * Puts plugins where the engine looks for them: the official ones where they are there or can be downloaded, else the
 * project's own minimal ones.
 */
export async function providePlugins(
  pulumi: string,
  homes: PluginHomes,
  progress: Progress,
  signal?: AbortSignal,
): Promise<PluginOrigin> {
  // The official command line comes with the language host; one built from its module does not.
  const isOfficial = existsSync(join(dirname(pulumi), "pulumi-language-nodejs"));
  if (isOfficial && (await installOfficial(pulumi, homes.official, progress, signal))) return "official";
  await linkPlugins(homes.minimal);
  return "minimal";
}

async function installOfficial(pulumi: string, home: string, progress: Progress, signal?: AbortSignal): Promise<boolean> {
  const missing = await missingPlugins(home);
  if (missing.length === 0) return true;
  const refused = join(cacheDir(), "official-plugins-refused");
  const since = await stat(refused).then(
    (it) => it.mtimeMs,
    () => 0,
  );
  if (Date.now() - since < askAgainMs) return false;
  for (const { name, version } of missing) {
    try {
      await progress.step(`Pulumi plugin ${name} ${version}`, async () => {
        const limit = AbortSignal.timeout(downloadLimitMs);
        const env = { ...process.env, PULUMI_HOME: home };
        await run(pulumi, ["plugin", "install", "resource", name, version], {
          env,
          signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
        });
      });
    } catch (error) {
      signal?.throwIfAborted();
      await mkdir(cacheDir(), { recursive: true });
      await writeFile(refused, String(error));
      return false;
    }
  }
  // Where there is a link already, Pulumi installs nothing.
  return (await missingPlugins(home)).length === 0;
}

/** The official plugins that are not in `home`. A link is none of them: it may lead to a minimal one. */
async function missingPlugins(home: string): Promise<{ readonly name: string; readonly version: string }[]> {
  const missing = [];
  for (const name of ["kubernetes", "random"]) {
    const version = await packageVersion(`@pulumi/${name}`);
    const folder = join(home, "plugins", `resource-${name}-v${version}`);
    const program = `pulumi-resource-${name}${process.platform === "win32" ? ".exe" : ""}`;
    const found = await lstat(join(folder, program)).catch(() => undefined);
    // Pulumi marks a download that was not finished.
    if (found?.isFile() !== true || existsSync(`${folder}.partial`)) missing.push({ name, version });
  }
  return missing;
}

async function packageVersion(name: string): Promise<string> {
  const file = join(__dirname, "..", "node_modules", name, "package.json");
  return (JSON.parse(await readFile(file, "utf8")) as { version: string }).version;
}
