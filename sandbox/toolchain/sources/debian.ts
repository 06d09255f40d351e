import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { CommandError, quote, run } from "../../../lib/command";
import { writeWhole } from "../../../lib/files";
import { underLock } from "../../../lib/lock";
import { cacheDir } from "../../../lib/paths";
import { type Build, type Built, firstVersion, type PackageSource, Refusal, type Tool } from "../tool";

/**
 * Downloads the distribution's package, and the libraries it needs that are not on the machine, and unpacks them
 * into `build.folder`. Nothing is installed: lists and archives live in our own cache.
 *
 * @throws Refusal when this is no Debian-like machine or it has no such package.
 */
export async function fromDebianPackage(tool: Tool, build: Build): Promise<Built> {
  const source = tool.package;
  if (source === undefined) throw new Refusal("is no package of the distribution");
  const archives = join(build.folder, "archives");
  await downloadPackages(source.debian.split(","), archives, build).catch((error: unknown) => {
    build.signal?.throwIfAborted();
    throw error instanceof CommandError ? new Refusal(error.message.split("\n").slice(0, 2).join(" ")) : error;
  });
  const packages = (await readdir(archives)).filter((it) => it.endsWith(".deb"));
  if (packages.length === 0) throw new Refusal(`the package ${source.debian} could not be downloaded`);
  for (const it of packages)
    await run("dpkg-deb", ["-x", join(archives, it), join(build.folder, "root")], { signal: build.signal });
  await rm(archives, { recursive: true });
  const main = packages.find((it) => it.startsWith(`${source.debian.split(",")[0]}_`)) ?? "";
  return { ...(await wrap(tool, source, build)), version: firstVersion(main) };
}

/** How long package lists are good for, in milliseconds: what they name is gone from the mirrors one day. */
const listsLastMs = 24 * 3600_000;

/**
 * Downloads packages and what they need, with lists of our own, which are fetched once a day at most.
 *
 * @param whole with all that they need, even what is installed on this machine. Default false.
 * @throws CommandError with what apt-get said
 */
export async function downloadPackages(
  names: readonly string[],
  archives: string,
  { signal, detail }: Pick<Build, "signal" | "detail">,
  whole = false,
): Promise<void> {
  const lists = join(cacheDir(), "apt", "lists");
  const stamp = join(cacheDir(), "apt", "lists-fetched");
  const settings = [
    ...[`Dir::State::lists=${lists}`, `Dir::Cache=${join(cacheDir(), "apt")}`, `Dir::Cache::archives=${archives}`],
    ...["Debug::NoLocking=1", "APT::Sandbox::User=root"],
    ...(whole ? ["Dir::State::status=/dev/null"] : []),
  ].flatMap((it) => ["-o", it]);
  const download = async (): Promise<void> => {
    for (const it of [archives, lists]) await mkdir(join(it, "partial"), { recursive: true });
    const fetched = await stat(stamp).catch(() => undefined);
    if (Math.abs(Date.now() - (fetched?.mtimeMs ?? 0)) > listsLastMs || (await readdir(lists)).length <= 2) {
      detail("fetching the distribution's package lists");
      await run("apt-get", [...settings, "-qq", "update"], { signal });
      await writeWhole(stamp, "");
    }
    detail(`downloading the package ${names.join(",")}`);
    const flags = ["-qq", "-y", "--download-only", "--reinstall", "--no-install-recommends"];
    await run("apt-get", [...settings, ...flags, "install", ...names], { signal });
  };
  await underLock(join(cacheDir(), "apt"), detail, download, signal);
}

/** A small start script for each binary, so that it finds the libraries that were unpacked with it. */
async function wrap(tool: Tool, source: PackageSource, build: Build): Promise<Built> {
  await mkdir(join(build.folder, "bin"));
  const binaries: Record<string, string> = {};
  const programs: Record<string, string> = {};
  for (const binary of tool.binaries) {
    const inside = join("root", source.folders?.[binary] ?? source.folder, source.rename?.[binary] ?? binary);
    const libraries = libraryFolders(build.finalFolder).join(":");
    const exports = Object.entries(source.lookIn ?? {}).map(
      ([name, folder]) => `export ${name}=${quote(join(build.finalFolder, "root", folder.replace("{triplet}", triplet())))}\n`,
    );
    const program = quote(join(build.finalFolder, inside));
    const script = `#!/bin/sh\n${exports.join("")}LD_LIBRARY_PATH=${quote(libraries)}"\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" exec ${program} "$@"\n`;
    binaries[binary] = join(build.folder, "bin", binary);
    programs[binary] = join(build.folder, inside);
    await writeWhole(binaries[binary], script, { mode: 0o755 });
  }
  return { binaries, programs };
}

/** Where unpacked packages keep shared libraries, below the tool's folder. */
export function libraryFolders(folder: string): string[] {
  // libpulse, which Chromium links, looks for its own part under an absolute path only.
  return [`usr/lib/${triplet()}`, `lib/${triplet()}`, `usr/lib/${triplet()}/pulseaudio`].map((it) => join(folder, "root", it));
}

/** How Debian names this machine's architecture in folders. */
function triplet(): string {
  return process.arch === "arm64" ? "aarch64-linux-gnu" : "x86_64-linux-gnu";
}
