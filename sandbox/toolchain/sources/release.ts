import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { CommandError, run } from "../../../lib/command";
import { writeWhole } from "../../../lib/files";
import { within } from "../../../lib/wait";
import { checksums } from "../checksums";
import { type Build, type Built, Refusal, type Tool } from "../tool";

/** Longest time without an answer before a download site counts as out of reach, in milliseconds. */
const connectLimitMs = 5_000;
const downloadLimitMs = 10 * 60_000;

/** Sites that did not answer, each with the reason; one run asks each only once. */
const unreachable = new Map<string, string>();

/**
 * Downloads the project's own release into `build.folder`.
 *
 * A mirror that keeps the sites' paths can stand in for all of them: `PLANO_AFFINITY_RELEASES=https://mirror.example/releases`
 * takes the place of scheme and host in every download's URL.
 *
 * @throws Refusal when the site cannot be reached, has no such file, or the file is not what its checksum says.
 */
export async function fromRelease(tool: Tool, build: Build, sums = checksums): Promise<Built> {
  const source = tool.release;
  if (source === undefined) throw new Refusal("has no official release");
  if (process.platform !== "linux") throw new Refusal(`only releases for Linux are fetched, this is ${process.platform}`);
  const bin = join(build.folder, "bin");
  await mkdir(bin, { recursive: true });
  const binaries: Record<string, string> = {};
  for (const [binary, official] of downloadsOf(tool)) {
    const url = throughMirror(official);
    const bytes = await download(url, build);
    check(bytes, url, sums[official]);
    if (source.member === undefined) {
      binaries[binary] = join(bin, binary);
      await writeWhole(binaries[binary], bytes, { mode: 0o755 });
    } else {
      await unpack(bytes, build.folder, url, build.signal);
      for (const it of tool.binaries) binaries[it] = join(build.folder, fill(source.member, it, thisMachine));
    }
    // Sites behind a login or a captive portal answer with a page, and with 200.
    for (const [name, file] of Object.entries(binaries))
      if (!(await isProgram(file))) throw new Refusal(`${url} holds no program ${name}`);
  }
  return { binaries };
}

/** Whether all that is downloaded of a tool's release, on this machine's architecture, has a checksum here. */
export function isPinned(tool: Tool): boolean {
  return downloadsOf(tool).every(([, url]) => url in checksums);
}

/** This machine's architecture, as releases call it. */
const thisMachine = process.arch === "arm64" ? "arm64" : "amd64";

/** Programs, and the URL that brings each; one archive has them all. */
export function downloadsOf({ release, binaries }: Tool, arch = thisMachine): (readonly [binary: string, url: string])[] {
  if (release === undefined) return [];
  return (release.member === undefined ? binaries : binaries.slice(0, 1)).map((it) => [it, fill(release.url, it, arch)]);
}

function throughMirror(url: string): string {
  const mirror = process.env.PLANO_AFFINITY_RELEASES ?? "";
  if (mirror === "") return url;
  if (!/^https?:\/\//.test(mirror) || !URL.canParse(mirror)) {
    throw new Error(
      `PLANO_AFFINITY_RELEASES is "${mirror}", and must be the URL of a mirror, such as https://mirror.example/releases`,
    );
  }
  return mirror.replace(/\/+$/, "") + new URL(url).pathname;
}

async function unpack(bytes: Buffer, folder: string, url: string, signal?: AbortSignal): Promise<void> {
  const archive = join(folder, "release.tar.gz");
  await writeFile(archive, bytes);
  await run("tar", ["-xzf", archive, "-C", folder], { signal }).catch((error: unknown) => {
    signal?.throwIfAborted();
    if (!(error instanceof CommandError) || /no space left/i.test(error.output)) throw error;
    throw new Refusal(`${url} is no archive: ${error.output.trim().split("\n")[0] ?? ""}`);
  });
  await rm(archive);
}

async function isProgram(file: string): Promise<boolean> {
  const start = await buffer(createReadStream(file, { end: 3 })).catch(() => undefined);
  return start?.equals(Buffer.from("\x7fELF", "latin1")) === true;
}

async function download(url: string, build: Build): Promise<Buffer> {
  const { host } = new URL(url);
  const known = unreachable.get(host);
  if (known !== undefined) throw new Refusal(known);
  build.detail(`downloading ${url}`);
  const late = (limitMs: number) => () => new Error(`no answer within ${limitMs / 1000} s`);
  const fetchAll = async (signal: AbortSignal): Promise<Buffer> => {
    const answer = await within(connectLimitMs, signal, () => fetch(url, { signal }), late(connectLimitMs));
    if (!answer.ok) throw new Refusal(`${url} answers ${answer.status}`);
    return Buffer.from(await answer.arrayBuffer());
  };
  return within(downloadLimitMs, build.signal, fetchAll, late(downloadLimitMs)).catch((error: unknown) => {
    build.signal?.throwIfAborted();
    if (error instanceof Refusal) throw error;
    const { cause, message } = error as Error;
    const why = `${host} cannot be reached: ${cause instanceof Error ? cause.message : message}`;
    unreachable.set(host, why);
    throw new Refusal(why);
  });
}

function check(bytes: Buffer, url: string, expected: string | undefined): void {
  const actual = createHash("sha256").update(bytes).digest("hex");
  if (expected !== undefined && actual !== expected)
    throw new Refusal(`${url} is not the file that it was: its SHA-256 is ${actual} and must be ${expected}`);
}

function fill(template: string, binary: string, arch: string): string {
  // Only Pulumi says x64; its releases name both.
  const architecture = arch === "amd64" && template.includes("pulumi") ? "x64" : arch;
  return template.replaceAll("{binary}", binary).replaceAll("{arch}", architecture);
}
