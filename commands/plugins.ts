import { existsSync } from "node:fs";
import { lstat, mkdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { run } from "../lib/command";
import { writeWhole } from "../lib/files";
import { cacheDir } from "../lib/paths";
import type { Progress } from "../lib/progress";
import { oneLine } from "../verify/common/errors";
import { linkPlugins } from "../sandbox/plugins/install";
import { sdkVersion } from "../sandbox/plugins/rpc/server";

/** Which plugins serve the engine. */
export type PluginOrigin = "official" | "minimal";

/** How long to wait before another download after one failed, in milliseconds. */
const askAgainMs = 24 * 3600_000;
const downloadLimitMs = 120_000;

/**
 * Puts plugins where the engine looks for them: the official ones where they are there or can be downloaded, else the
 * project's own minimal ones.
 *
 * @param homes where the engine looks, by the kind of plugins
 * @param memory file that keeps which ones the stack had: a change is told
 */
export async function providePlugins(
  pulumi: string,
  homes: Readonly<Record<PluginOrigin, string>>,
  memory: string,
  progress: Progress,
  signal?: AbortSignal,
): Promise<PluginOrigin> {
  const before = await readFile(memory, "utf8").catch(() => undefined);
  // The official command line comes with the language host; one built from its module does not.
  const isOfficial = existsSync(join(dirname(pulumi), "pulumi-language-nodejs"));
  const obstacle = isOfficial
    ? await installOfficial(pulumi, homes.official, before === "official", progress, signal)
    : "this Pulumi was built without them";
  const plugins = obstacle === undefined ? "official" : "minimal";
  if (plugins === "minimal") await linkPlugins(homes.minimal);
  if (before === plugins) return plugins;
  if (before !== undefined)
    progress.info(`Pulumi: this stack changes to ${words[plugins]}${obstacle === undefined ? "" : `: ${obstacle}`}`);
  await writeWhole(memory, plugins);
  return plugins;
}

const words: Readonly<Record<PluginOrigin, string>> = {
  official: "the official plugins",
  minimal: "this project's minimal plugins",
};

/**
 * @param insists also shortly after a download failed
 * @returns why they are not there
 */
async function installOfficial(
  pulumi: string,
  home: string,
  insists: boolean,
  progress: Progress,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const missing = await missingPlugins(home);
  if (missing.length === 0) return undefined;
  const refused = join(cacheDir(), "official-plugins-refused");
  const since = await stat(refused).then(
    (it) => it.mtimeMs,
    () => 0,
  );
  if (!insists && Math.abs(Date.now() - since) < askAgainMs) return "a download failed less than a day ago";
  for (const { name, version } of missing) {
    const options = { env: { ...process.env, PULUMI_HOME: home }, signal, limitMs: downloadLimitMs };
    try {
      await progress.step(`Pulumi plugin ${name} ${version}`, () =>
        run(pulumi, ["plugin", "install", "resource", name, version], options),
      );
    } catch (error) {
      signal?.throwIfAborted();
      await mkdir(cacheDir(), { recursive: true });
      await writeWhole(refused, String(error));
      return `${name} could not be downloaded: ${oneLine(String(error))}`;
    }
  }
  // Pulumi installs nothing over a link.
  const [left] = await missingPlugins(home);
  return left && `${left.name} was not installed in ${home}`;
}

/** The official plugins that are not in `home`. A link does not count: it may lead to a minimal one. */
async function missingPlugins(home: string): Promise<{ readonly name: string; readonly version: string }[]> {
  const missing = [];
  for (const name of ["kubernetes", "random"]) {
    const version = sdkVersion(`@pulumi/${name}`);
    const folder = join(home, "plugins", `resource-${name}-v${version}`);
    const program = `pulumi-resource-${name}${process.platform === "win32" ? ".exe" : ""}`;
    const found = await lstat(join(folder, program)).catch(() => undefined);
    // Pulumi marks a download that was not finished.
    if (found?.isFile() !== true || existsSync(`${folder}.partial`)) missing.push({ name, version });
  }
  return missing;
}
