import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { homedir, hostname, tmpdir } from "node:os";
import { join } from "node:path";

/** What a program printed on a terminal, and when. */
export interface Chunk {
  /** Since the start, in milliseconds. */
  readonly atMs: number;
  readonly text: string;
}

/** Characters of a terminal. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/**
 * Runs a line of the shell on a terminal of its own, by util-linux' `script`; the user sees what it prints.
 *
 * @returns its exit code, and what it printed
 */
export async function capture(line: string, folder: string, { columns, rows }: Size): Promise<{ code: number; chunks: Chunk[] }> {
  const scratch = await mkdtemp(join(tmpdir(), "plano-affinity-record-"));
  const [output, timing] = [join(scratch, "output"), join(scratch, "timing")];
  try {
    const command = `stty cols ${columns} rows ${rows}; ${line}`;
    const args = ["--quiet", "--return", "--log-out", output, "--log-timing", timing, "--command", command];
    const env = { ...process.env, TERM: "xterm-256color" };
    const child = spawn("script", args, { cwd: folder, env, stdio: "inherit" });
    const code = await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (it) => resolve(it ?? 130));
    });
    return { code, chunks: chunksOf(await readFile(output), await readFile(timing, "utf8")) };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/**
 * Takes a log of `script` apart (util-linux 2.35 and later): its first and last line are its own, and each line of the
 * timing has seconds since the one before, and bytes.
 */
export function chunksOf(output: Buffer, timing: string): Chunk[] {
  const body = output.subarray(output.indexOf("\n") + 1);
  const decoder = new TextDecoder();
  const chunks: Chunk[] = [];
  let [atMs, at] = [0, 0];
  for (const line of timing.split("\n")) {
    const [, seconds, bytes] = /^(?:O )?([\d.]+) (\d+)$/.exec(line) ?? [];
    if (seconds === undefined) continue;
    atMs += Number(seconds) * 1_000;
    const end = at + Number(bytes);
    chunks.push({ atMs, text: decoder.decode(body.subarray(at, end), { stream: true }) });
    at = end;
  }
  return chunks;
}

/** Takes out where and on what machine it was: the checkout becomes `~/plano-affinity`, and so on. */
export function anonymous(text: string, project: string): string {
  const home = homedir();
  const names = [
    [project, "~/plano-affinity"],
    [home.length > 1 ? home : "", "~"],
    [hostname(), "host"],
  ] as const;
  return names
    .filter(([from]) => from !== "")
    .reduce((result, [from, to]) => result.replace(new RegExp(`(?<![\\w/.-])${literal(from)}(?![\\w-])`, "g"), to), text);
}

/** A regular expression for nothing but this text. */
function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
