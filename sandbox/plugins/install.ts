import { mkdir, readlink, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
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

/**
 * Links the plugins into `$PULUMI_HOME/plugins`, where the engine looks for them. Safe to repeat; links that point
 * elsewhere are replaced.
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
  const present = await readlink(link).catch(() => undefined);
  if (present !== join(PLUGIN_BIN, file)) {
    await rm(link, { force: true });
    await symlink(join(PLUGIN_BIN, file), link);
  }
  return entry;
}
