import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, join } from "node:path";
import { PassThrough } from "node:stream";
import type { Context } from "mocha";
import { parseArguments, type CliRequest } from "../../verify/cli/arguments";
import { skipBecause } from "../../lib/testing/skip";
import { project } from "./markdown";

/** What came of a job's shell. */
export interface Outcome {
  readonly code: number | null;
  readonly output: string;
  /** What the verifier was given; undefined when it was not started. */
  readonly words: readonly string[] | undefined;
  /** The URL of Redis in the verifier's environment; undefined when there is none, which an empty one is not. */
  readonly redisUrl: string | undefined;
}

/** A machine of a CI service, with programs of ours for `npm` and `plano-affinity`. */
export class Machine implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "gate-"));

  /** @param code the verifier ends with it */
  constructor(code: number) {
    mkdirSync(join(this.folder, "bin"));
    this.#program("npm", "exit 0");
    this.#program(
      "plano-affinity",
      `printf '%s\\n' "$@" > "${this.file("words")}"
if [ -n "\${PLANO_AFFINITY_REDIS_URL+set}" ]; then printf '%s\\n' "$PLANO_AFFINITY_REDIS_URL" > "${this.file("redis-url")}"; fi
echo "Affinity: code ${code}"
exit ${code}`,
    );
  }

  file(name: string): string {
    return join(this.folder, name);
  }

  read(name: string): string {
    return existsSync(this.file(name)) ? readFileSync(this.file(name), "utf8") : "";
  }

  /** Runs a script as both services do: bash that ends at the first error. */
  run(script: string, env: Readonly<Record<string, string>>): Outcome {
    const { status, stdout, stderr } = spawnSync("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", script], {
      cwd: this.folder,
      encoding: "utf8",
      env: { PATH: [join(this.folder, "bin"), process.env["PATH"] ?? ""].join(delimiter), ...env },
    });
    const words = this.read("words").split("\n").slice(0, -1);
    const [redisUrl] = existsSync(this.file("redis-url")) ? this.read("redis-url").split("\n") : [];
    return { code: status, output: stdout + stderr, words: words.length === 0 ? undefined : words, redisUrl };
  }

  #program(name: string, body: string): void {
    const file = join(this.folder, "bin", name);
    writeFileSync(file, `#!/bin/sh\n${body}\n`);
    chmodSync(file, 0o755);
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }
}

export function modeOf(file: string): string {
  return (statSync(file).mode & 0o777).toString(8);
}

export function needsBash(context: Context): void {
  if (spawnSync("bash", ["--version"]).status !== 0) skipBecause(context, "there is no bash");
}

/** The text of one of the checkout's files. */
export function textOf(path: string): string {
  return readFileSync(join(project, path), "utf8");
}

/** What the words ask the verifier for. @throws UsageError when it does not know them */
export function asked(words: readonly string[] | undefined): CliRequest {
  assert.equal(words?.[0], "verify");
  return readArguments(words);
}

export function formats(words: readonly string[] | undefined): string[] {
  return asked(words)
    .reports.map(({ format }) => format)
    .sort();
}

/**
 * Reads arguments as the command line does, without a terminal. Reports go to a folder that exists, for theirs may not.
 * @throws UsageError
 */
export function readArguments(words: readonly string[]): CliRequest {
  const elsewhere = words.map((word, i) => {
    if (words[i - 1] !== "--report") return word;
    const [format = "", path = ""] = word.split("=");
    return `${format}=${join(tmpdir(), basename(path))}`;
  });
  return parseArguments(elsewhere, { input: new PassThrough(), output: new PassThrough() });
}
