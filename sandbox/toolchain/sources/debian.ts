import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { cacheDir } from "../../../lib/paths";
import { CommandError, run } from "../../../lib/command";
import { writeWhole } from "../../../lib/files";
import { underLock } from "../../../lib/lock";
import { type PackageSource, Refusal, type Tool } from "../tool";
import type { Build, Built } from "./build";

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
  await mkdir(join(archives, "partial"), { recursive: true });
  await apt(async (options) => {
    build.detail(`downloading the package ${source.debian}`);
    await run(
      "apt-get",
      [
        ...options,
        "-o",
        `Dir::Cache::archives=${archives}`,
        "-qq",
        "-y",
        "--download-only",
        "--reinstall",
        "--no-install-recommends",
        "install",
        ...source.debian.split(","),
      ],
      { signal: build.signal },
    );
  }, build);
  const root = join(build.folder, "root");
  const packages = (await readdir(archives)).filter((it) => it.endsWith(".deb"));
  if (packages.length === 0) throw new Refusal(`the package ${source.debian} could not be downloaded`);
  for (const it of packages) await run("dpkg-deb", ["-x", join(archives, it), root], { signal: build.signal });
  await rm(archives, { recursive: true });
  return wrap(tool, source, build);
}

/** How long package lists are good for, in milliseconds: what they name is gone from the mirrors one day. */
const listsLastMs = 24 * 3600_000;

/** Runs apt-get with lists of our own, which are fetched once a day at most. */
async function apt(work: (options: readonly string[]) => Promise<void>, build: Build): Promise<void> {
  const lists = join(cacheDir(), "apt", "lists");
  const stamp = join(cacheDir(), "apt", "lists-fetched");
  await mkdir(join(lists, "partial"), { recursive: true });
  const options = [
    "-o",
    `Dir::State::lists=${lists}`,
    "-o",
    `Dir::Cache=${join(cacheDir(), "apt")}`,
    "-o",
    "Debug::NoLocking=1",
    "-o",
    "APT::Sandbox::User=root",
  ];
  try {
    const fetchLists = async (): Promise<void> => {
      const fetched = await stat(stamp).then(
        (it) => it.mtimeMs,
        () => 0,
      );
      if (Date.now() - fetched > listsLastMs || (await readdir(lists)).length <= 2) {
        build.detail("fetching the distribution's package lists");
        await run("apt-get", [...options, "-qq", "update"], { signal: build.signal });
        await writeWhole(stamp, "");
      }
      await work(options);
    };
    await underLock(join(cacheDir(), "apt"), build.detail, fetchLists, build.signal);
  } catch (error) {
    build.signal?.throwIfAborted();
    if (error instanceof CommandError) throw new Refusal(error.message.split("\n").slice(0, 2).join(" "));
    throw error;
  }
}

/** A small start script for each binary, so that it finds the libraries that were unpacked with it. */
async function wrap(tool: Tool, source: PackageSource, build: Build): Promise<Built> {
  const bin = join(build.folder, "bin");
  await mkdir(bin);
  const binaries: Record<string, string> = {};
  const programs: Record<string, string> = {};
  for (const binary of tool.binaries) {
    const inside = join("root", source.folders?.[binary] ?? source.folder, source.rename?.[binary] ?? binary);
    const libraries = libraryFolders(build.finalFolder).join(":");
    const exports = Object.entries(source.lookIn ?? {}).map(
      ([name, folder]) => `export ${name}=${quoted(join(build.finalFolder, "root", folder.replace("{triplet}", triplet())))}\n`,
    );
    const program = quoted(join(build.finalFolder, inside));
    const script = `#!/bin/sh\n${exports.join("")}LD_LIBRARY_PATH=${quoted(libraries)}"\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" exec ${program} "$@"\n`;
    const file = join(bin, binary);
    await writeWhole(file, script, { mode: 0o755 });
    binaries[binary] = file;
    programs[binary] = join(build.folder, inside);
  }
  return { binaries, programs };
}

/** A path as one word of a shell's. */
function quoted(path: string): string {
  return `'${path.replaceAll("'", `'\\''`)}'`;
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
