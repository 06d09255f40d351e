import { strict as assert } from "node:assert";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { readersEnvironment, ReadersShell } from "../readme-shell";
import { removeLeftovers } from "./leftovers";
import { copyCheckout, type Outcome } from "./stack";

/** Somebody who has nothing but the README: a folder, a shell in it, and what they type. */
export class Reader implements AsyncDisposable {
  private constructor(
    readonly folder: string,
    /** Where the README has them clone to. */
    readonly clone: string,
    private readonly sandbox: string,
    private shell: ReadersShell,
  ) {}

  /** @param sandbox the name of the sandbox that their commands may make; what is left of it is removed */
  static async create(sandbox: string): Promise<Reader> {
    await removeLeftovers((name) => name === sandbox);
    const folder = await mkdtemp(join(tmpdir(), "plano-affinity-reader-"));
    return new Reader(folder, join(folder, "plano-affinity"), sandbox, new ReadersShell(folder, readersEnvironment()));
  }

  /** Types a line. @param typed what is typed when it asks */
  type(command: string, typed?: string): Promise<Outcome> {
    return this.shell.run(command, typed);
  }

  /** Types a line that must succeed. @returns what it printed */
  async must(command: string, typed?: string): Promise<string> {
    const { code, output } = await this.type(command, typed);
    assert.equal(code, 0, `${command}\n${output}`);
    return output;
  }

  /** Another terminal, in the clone. @param more variables beside their own */
  async openAnother(more: NodeJS.ProcessEnv): Promise<void> {
    await this.shell[Symbol.asyncDispose]();
    this.shell = new ReadersShell(this.clone, { ...readersEnvironment(), ...more });
  }

  /** Makes the clone what is in this checkout now, committed or not, with settings as if they had been set before. */
  async takeWorkingTree(settings: Readonly<Record<string, string>>): Promise<void> {
    await mkdir(this.clone, { recursive: true });
    for (const entry of await readdir(this.clone)) if (entry !== ".git") await rm(join(this.clone, entry), { recursive: true });
    await copyCheckout(this.clone);
    const config = Object.fromEntries(Object.entries(settings).map(([key, value]) => [`plano-affinity:${key}`, value]));
    await writeFile(join(this.clone, "Pulumi.dev.yaml"), stringify({ config }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shell[Symbol.asyncDispose]();
    await removeLeftovers((name) => name === this.sandbox);
    await rm(this.folder, { recursive: true, force: true });
  }
}
