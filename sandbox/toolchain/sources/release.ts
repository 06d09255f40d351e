import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { CommandError, run } from "../../../lib/command";
import { writeWhole } from "../../../lib/files";
import { within } from "../../../lib/wait";
import { type Build, type Built, Refusal, type Tool } from "../tool";

/** Longest time without an answer before a download site counts as out of reach, in milliseconds. */
const connectLimitMs = 5_000;
/** Longest time for one download, in milliseconds. */
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
export async function fromRelease(tool: Tool, build: Build): Promise<Built> {
  const source = tool.release;
  if (source === undefined) throw new Refusal("has no official release");
  if (process.platform !== "linux") throw new Refusal(`only releases for Linux are fetched, this is ${process.platform}`);
  const bin = join(build.folder, "bin");
  await mkdir(bin, { recursive: true });
  const binaries: Record<string, string> = {};
  // One archive has them all.
  const downloads = source.member === undefined ? tool.binaries : tool.binaries.slice(0, 1);
  for (const binary of downloads) {
    const url = throughMirror(fill(source.url, binary));
    const bytes = await download(url, build);
    if (source.checksumSuffix !== undefined) await check(bytes, url + source.checksumSuffix, build);
    if (source.member === undefined) {
      binaries[binary] = join(bin, binary);
      await writeWhole(binaries[binary], bytes, { mode: 0o755 });
    } else {
      await unpack(bytes, build.folder, url, build.signal);
      for (const it of tool.binaries) binaries[it] = join(build.folder, fill(source.member, it));
    }
    // Sites behind a login or a captive portal answer with a page, and with 200.
    for (const [name, file] of Object.entries(binaries))
      if (!(await isProgram(file))) throw new Refusal(`${url} holds no program ${name}`);
  }
  return { binaries };
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

/** Whether a file is there and is an ELF program. */
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

async function check(bytes: Buffer, url: string, build: Build): Promise<void> {
  const expected = /\b[0-9a-f]{64}\b/.exec((await download(url, build)).toString("utf8"))?.[0];
  const actual = createHash("sha256").update(bytes).digest("hex");
  if (actual !== expected) throw new Refusal(`the download is ${actual}, but ${url} says ${expected ?? "nothing"}`);
}

function fill(template: string, binary: string): string {
  // Only Pulumi says x64; its releases name both.
  const architecture = process.arch === "arm64" ? "arm64" : template.includes("pulumi") ? "x64" : "amd64";
  return template.replaceAll("{binary}", binary).replaceAll("{arch}", architecture);
}
