import { spawn } from "node:child_process";
import { open, readFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { waitFor, type WaitOptions } from "../../lib/wait";
import { nodePaths, type NodeSpec } from "./spec";

/**
 * Starts the node's processes and watches them: the first one that ends, ends the node, since a node without one of its
 * parts is worse than none. The next `up` starts it again.
 */
export class Supervisor {
  /** Rejects when a process ends, with the last lines of its log; never resolves. */
  readonly ended: Promise<never>;
  #fail!: (error: Error) => void;
  readonly #path: string;

  constructor(readonly spec: NodeSpec) {
    const folders = Object.values(spec.tools).map((it) => dirname(it));
    this.#path = [...new Set([...folders, "/usr/sbin", "/usr/bin", "/sbin", "/bin"])].join(delimiter);
    this.ended = new Promise<never>((_, reject) => (this.#fail = reject));
    // The first process may end before anybody listens; it is raced against later.
    this.ended.catch(() => undefined);
  }

  /** Starts the tool of that name; its output goes to `<name>.log`. */
  async start(name: string, args: readonly string[]): Promise<void> {
    const logFile = join(nodePaths(this.spec.folder).logs, `${name}.log`);
    const log = await open(logFile, "w", 0o600);
    const child = spawn(this.spec.tools[name] ?? name, args, {
      stdio: ["ignore", log.fd, log.fd],
      env: { PATH: this.#path, HOME: "/root" },
    });
    const end = async (why: string): Promise<void> => {
      const tail = (await readFile(logFile, "utf8").catch(() => "")).trim().split("\n").slice(-3).join("\n  ");
      this.#fail(new Error(`${name} ${why}; its log ends with:\n  ${tail}`));
    };
    child.once("error", (error) => void end(`could not be started: ${error.message}`));
    child.once("exit", (code, signal) => void end(`ended with ${signal ?? code}`));
    await log.close();
  }

  /** Waits for `work`, unless a process of the node ends first. */
  async while<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.ended]);
  }

  /** {@link waitFor}, unless a process of the node ends first. */
  async until<T>(options: WaitOptions, probe: Parameters<typeof waitFor<T>>[1]): Promise<T> {
    return this.while(waitFor(options, probe));
  }
}
