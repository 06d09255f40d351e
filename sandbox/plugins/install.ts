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
const PLUGIN_BIN = join(__dirname, "bin");

/**
 * Links the plugins into `plugins` below a PULUMI_HOME, where the engine looks for them. Safe to repeat; links of a
 * checkout that was moved are replaced, and what is not ours stays.
 *
 * @returns the names of the links, such as `resource-random-v4.21.2`
 */
export async function linkPlugins(pulumiHome: string): Promise<string[]> {
  return Promise.all(PLUGINS.map(([plugin, sdk]) => linkPlugin(join(pulumiHome, "plugins"), plugin, sdkVersion(sdk))));
}

async function linkPlugin(plugins: string, plugin: string, version: string): Promise<string> {
  const entry = `${plugin}-v${version}`;
  const file = `pulumi-${plugin}`;
  const link = join(plugins, entry, file);
  await mkdir(join(plugins, entry), { recursive: true });
  const target = join(PLUGIN_BIN, file);
  const present = await readlink(link).catch(() => undefined);
  if (present === target) return entry;
  // How it ends in every checkout.
  if (present?.endsWith(join("/sandbox/plugins/bin", file)) === true) await rm(link, { force: true });
  await symlink(target, link).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  });
  return entry;
}
