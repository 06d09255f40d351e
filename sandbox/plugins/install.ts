import { mkdir, readlink, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { sdkVersion } from "./rpc/server";

/** The plugins of this folder, each with the npm package whose version it has. */
const PLUGINS: readonly (readonly [plugin: string, sdk: string])[] = [
  ["language-nodejs", "@pulumi/pulumi"],
  ["resource-pulumi-nodejs", "@pulumi/pulumi"],
  ["resource-random", "@pulumi/random"],
  ["resource-kubernetes", "@pulumi/kubernetes"],
];

/** The folder of the executables; put on PATH it works as well, with one warning of the engine for each plugin. */
export const PLUGIN_BIN = join(__dirname, "bin");

/**
 * Links the plugins into `plugins` below a PULUMI_HOME, where the engine looks for them. Safe to repeat; links of a
 * checkout that was moved are replaced, and a plugin that was installed stays.
 *
 * @returns the names of the links, such as `resource-random-v4.21.2`
 */
export async function linkPlugins(pulumiHome: string): Promise<string[]> {
  const links = PLUGINS.map(async ([plugin, sdk]) => {
    const entry = `${plugin}-v${sdkVersion(sdk)}`;
    const folder = join(pulumiHome, "plugins", entry);
    const [link, target] = [join(folder, `pulumi-${plugin}`), join(PLUGIN_BIN, `pulumi-${plugin}`)];
    await mkdir(folder, { recursive: true });
    const present = await readlink(link).catch(() => undefined);
    if (present === target) return entry;
    if (present !== undefined) await rm(link, { force: true });
    await symlink(target, link).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    });
    return entry;
  });
  return Promise.all(links);
}
