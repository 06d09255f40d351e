import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitFor } from "../wait";

/**
 * A machine of a test's own: an empty cache and home, and on PATH the programs that the test writes, and nothing else
 * unless it says so.
 */
export class Scratch implements AsyncDisposable {
  readonly #environment = { ...process.env };

  private constructor(readonly folder: string) {}

  /** @param path what is on PATH behind the test's programs; default: nothing */
  static async make(path?: string): Promise<Scratch> {
    const scratch = new Scratch(await mkdtemp(join(tmpdir(), "plano-affinity-unit-")));
    await mkdir(scratch.bin);
    const own = {
      PATH: path === undefined ? scratch.bin : `${scratch.bin}:${path}`,
      HOME: scratch.folder,
      XDG_CACHE_HOME: join(scratch.folder, "cache"),
      XDG_STATE_HOME: join(scratch.folder, "state"),
    };
    Object.assign(process.env, own);
    return scratch;
  }

  /** The first folder on PATH. */
  get bin(): string {
    return join(this.folder, "bin");
  }

  /** Where the cache keeps its tools. */
  get tools(): string {
    return join(this.folder, "cache", "plano-affinity", "tools");
  }

  /** Puts a shell script on PATH, which itself finds the machine's usual programs. */
  async program(name: string, script: string, folder = this.bin): Promise<string> {
    return this.file(join(folder, name), `#!/bin/sh\nPATH=/usr/local/bin:/usr/bin:/bin\n${script}\n`, 0o755);
  }

  /** Writes a file, by its path in the folder or an absolute one. */
  async file(path: string, content: string | Buffer, mode = 0o644): Promise<string> {
    const file = path.startsWith("/") ? path : join(this.folder, path);
    await mkdir(join(file, ".."), { recursive: true });
    await writeFile(file, content);
    await chmod(file, mode);
    return file;
  }

  async read(path: string): Promise<string> {
    return readFile(join(this.folder, path), "utf8");
  }

  /** Waits until something has written a file. */
  async written(path: string): Promise<void> {
    const file = join(this.folder, path);
    await waitFor({ subject: path, limitMs: 30_000, intervalMs: 10 }, () => (existsSync(file) ? true : undefined));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of Object.keys(process.env)) if (!(name in this.#environment)) delete process.env[name];
    Object.assign(process.env, this.#environment);
    await rm(this.folder, { recursive: true, force: true });
  }
}

/**
 * A machine for each test of a suite.
 *
 * @param path as for {@link Scratch.make}
 * @returns that of the test that runs
 */
export function scratchPerTest(path?: string): () => Scratch {
  let scratch: Scratch | undefined;
  beforeEach(async () => void (scratch = await Scratch.make(path)));
  afterEach(() => scratch?.[Symbol.asyncDispose]());
  return () => scratch ?? assert.fail("no test runs");
}
