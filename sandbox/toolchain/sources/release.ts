import { createHash } from "node:crypto";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { run } from "../../common/command";
import { Refusal, type Tool } from "../tool";
import type { Build, Built } from "./build";

/** Longest time without an answer before a download site counts as out of reach, in milliseconds. */
const connectLimitMs = 5_000;
/** Longest time for one download, in milliseconds. */
const downloadLimitMs = 10 * 60_000;

/** Sites that did not answer; nobody waits for them twice in one run. */
const unreachable = new Map<string, string>();

/**
 * Downloads the project's own release into `build.folder`.
 *
 * @throws Refusal when the site cannot be reached, has no such file, or the file is not what its checksum says.
 */
export async function fromRelease(tool: Tool, build: Build): Promise<Built> {
  const source = tool.release;
  if (source === undefined) throw new Refusal("has no official release");
  const binaries: Record<string, string> = {};
  const downloads = source.member === undefined ? tool.binaries : [tool.binaries[0] ?? ""];
  for (const binary of downloads) {
    const url = fill(source.url, binary);
    const bytes = await download(url, build);
    if (source.checksumSuffix !== undefined) await check(bytes, url + source.checksumSuffix, build);
    if (source.member === undefined) {
      const file = join(build.folder, "bin", binary);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, bytes);
      await chmod(file, 0o755);
      binaries[binary] = file;
    } else {
      const archive = join(build.folder, "release.tar.gz");
      await writeFile(archive, bytes);
      await run("tar", ["-xzf", archive, "-C", build.folder], { signal: build.signal });
      await run("rm", [archive]);
      for (const it of tool.binaries) binaries[it] = join(build.folder, fill(source.member, it));
    }
  }
  return { binaries };
}

async function download(url: string, build: Build): Promise<Buffer> {
  const { host } = new URL(url);
  const known = unreachable.get(host);
  if (known !== undefined) throw new Refusal(known);
  build.detail(`downloading ${url}`);
  const connect = new AbortController();
  const timer = setTimeout(() => connect.abort(), connectLimitMs);
  const signals = [connect.signal, AbortSignal.timeout(downloadLimitMs), ...(build.signal === undefined ? [] : [build.signal])];
  try {
    const answer = await fetch(url, { signal: AbortSignal.any(signals) });
    clearTimeout(timer);
    if (!answer.ok) throw new Refusal(`${url} answers ${answer.status}`);
    return Buffer.from(await answer.arrayBuffer());
  } catch (error) {
    build.signal?.throwIfAborted();
    if (error instanceof Refusal) throw error;
    const why = connect.signal.aborted ? `no answer within ${connectLimitMs / 1000} s` : reason(error);
    unreachable.set(host, `${host} cannot be reached: ${why}`);
    throw new Refusal(`${host} cannot be reached: ${why}`);
  } finally {
    clearTimeout(timer);
  }
}

async function check(bytes: Buffer, url: string, build: Build): Promise<void> {
  const expected = /\b[0-9a-f]{64}\b/.exec((await download(url, build)).toString("utf8"))?.[0];
  const actual = createHash("sha256").update(bytes).digest("hex");
  if (actual !== expected) throw new Refusal(`the download is ${actual}, but ${url} says ${expected ?? "nothing"}`);
}

function fill(template: string, binary: string): string {
  // Pulumi and nobody else says x64; its releases name both.
  const architecture = process.arch === "arm64" ? "arm64" : template.includes("pulumi") ? "x64" : "amd64";
  return template.replaceAll("{binary}", binary).replaceAll("{arch}", architecture);
}

function reason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}
