import { chmod, copyFile, mkdir, symlink, writeFile } from "node:fs/promises";
import type { Context } from "mocha";
import { delimiter, dirname, join } from "node:path";
import { silentProgress } from "../../../lib/progress";
import { skipBecause } from "../../../lib/testing/skip";
import { PLUGIN_BIN } from "../../../sandbox/plugins/install";
import { sdkVersion } from "../../../sandbox/plugins/rpc/server";
import { ensureTool, findTool } from "../../../sandbox/toolchain/ensure";
import type { Tool } from "../../../sandbox/toolchain/tool";
import { needsPulumi } from "../engine";

const version = sdkVersion("@pulumi/kubernetes");

/** Pulumi's own provider, of the version that the project's SDK asks for. */
const kubernetesProvider: Tool = {
  name: "pulumi-kubernetes",
  version,
  purpose: "Pulumi's own Kubernetes provider, for a scenario; nothing else builds it",
  binaries: ["pulumi-resource-kubernetes"],
  go: {
    packages: ["."],
    rename: { "pulumi-kubernetes": "pulumi-resource-kubernetes" },
    ldflags: `-X github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version=${version}`,
  },
};

const wish = "PLANO_AFFINITY_PROVIDER";

/** Skips the tests where the provider is not in the cache; it is built only where the environment asks for that. */
export async function needsProvider(context: Context): Promise<string> {
  const found =
    process.env[wish] === "build" ? await ensureTool(kubernetesProvider, silentProgress) : await findTool(kubernetesProvider);
  const missing = `Pulumi's own Kubernetes provider is not in the cache; \`${wish}=build npm run test:scenarios\` makes it, in some minutes`;
  return found?.binaries["pulumi-resource-kubernetes"] ?? skipBecause(context, missing);
}

/**
 * Lays out a machine on which Pulumi was installed with its own plugins: the engine beside a language host, and
 * providers in its home. The Kubernetes provider is Pulumi's own; the others, which are served nowhere here, are the
 * project's.
 *
 * @returns what the environment then has
 */
export async function installOfficial(context: Context, provider: string, folder: string): Promise<NodeJS.ProcessEnv> {
  const [bin, home] = [join(folder, "bin"), join(folder, "home")];
  await mkdir(bin, { recursive: true });
  await symlink(await needsPulumi(context), join(bin, "pulumi"));
  for (const it of ["pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"])
    await symlink(join(PLUGIN_BIN, it), join(bin, it));
  const place = async (name: string): Promise<string> => {
    const plugin = join(home, "plugins", `resource-${name}-v${sdkVersion(`@pulumi/${name}`)}`);
    await mkdir(plugin, { recursive: true });
    return join(plugin, `pulumi-resource-${name}`);
  };
  await copyFile(provider, await place("kubernetes"));
  const random = await place("random");
  await writeFile(random, `#!/bin/sh\nexec "${join(PLUGIN_BIN, "pulumi-resource-random")}" "$@"\n`);
  await chmod(random, 0o755);
  return { PATH: [bin, dirname(process.execPath), process.env.PATH].join(delimiter), PULUMI_HOME: home };
}
