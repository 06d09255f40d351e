import { mkdir, readlink, rm, symlink } from "node:fs/promises";
import { join, sep } from "node:path";
import { sdkVersion } from "./rpc/package";

/** A plugin of this folder, as the engine looks for it. */
interface Plugin {
  readonly kind: "language" | "resource";
  readonly name: string;
  /** The SDK that it serves, whose version it has. */
  readonly sdk: string;
}

const PLUGINS: readonly Plugin[] = [
  { kind: "language", name: "nodejs", sdk: "@pulumi/pulumi" },
  { kind: "resource", name: "pulumi-nodejs", sdk: "@pulumi/pulumi" },
  { kind: "resource", name: "random", sdk: "@pulumi/random" },
  { kind: "resource", name: "kubernetes", sdk: "@pulumi/kubernetes" },
];

/** The folder of the executables; put on PATH it works as well, with one warning of the engine for each plugin. */
const PLUGIN_BIN = join(__dirname, "bin");

/** How its path ends in every checkout. */
const PLUGIN_BIN_END = join(sep, "sandbox", "plugins", "bin");

/**
 * Links the plugins into `plugins` below a PULUMI_HOME, where the engine looks for them. Safe to repeat; links of a
 * checkout that was moved are replaced, and what is not ours stays.
 *
 * @returns the names of the links, such as `resource-random-v4.21.2`
 */
export async function linkPlugins(pulumiHome: string): Promise<string[]> {
  return Promise.all(PLUGINS.map((plugin) => linkPlugin(join(pulumiHome, "plugins"), plugin)));
}

async function linkPlugin(plugins: string, { kind, name, sdk }: Plugin): Promise<string> {
  const entry = `${kind}-${name}-v${sdkVersion(sdk)}`;
  const file = `pulumi-${kind}-${name}`;
  const link = join(plugins, entry, file);
  await mkdir(join(plugins, entry), { recursive: true });
  const target = join(PLUGIN_BIN, file);
  const present = await readlink(link).catch(() => undefined);
  if (present === target) return entry;
  if (present?.endsWith(join(PLUGIN_BIN_END, file)) === true) await rm(link, { force: true });
  await symlink(target, link).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  });
  return entry;
}
