import { spawn } from "node:child_process";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";

/** Why a process of the node ended, with the last lines that it logged. */
class ProcessEnded extends Error {
  override readonly name = "ProcessEnded";
}

/**
 * Starts the node's processes and watches them: the first one that ends, ends the node, for a node without one of
 * its parts is worse than none. The next `up` starts it again.
 */
export class Supervisor {
  /** Rejects when a process ends; never resolves. */
  readonly ended: Promise<never>;
  #fail!: (error: Error) => void;

  constructor(
    private readonly logFolder: string,
    private readonly path: string,
  ) {
    this.ended = new Promise<never>((_, reject) => (this.#fail = reject));
    // Nobody may be listening yet when the first process ends; it is raced against later.
    this.ended.catch(() => undefined);
  }

  /** Starts a process whose output goes to `<name>.log`. */
  async start(name: string, file: string, args: readonly string[]): Promise<void> {
    const logFile = join(this.logFolder, `${name}.log`);
    const log = await open(logFile, "w", 0o600);
    const child = spawn(file, args, { stdio: ["ignore", log.fd, log.fd], env: { PATH: this.path, HOME: "/root" } });
    const end = async (why: string): Promise<void> => {
      const tail = (await readFile(logFile, "utf8").catch(() => "")).trim().split("\n").slice(-3).join("\n  ");
      this.#fail(new ProcessEnded(`${name} ${why}; its log ends with:\n  ${tail}`));
    };
    child.once("error", (error) => void end(`could not be started: ${error.message}`));
    child.once("exit", (code, signal) => void end(`ended with ${signal ?? code}`));
    await log.close();
  }

  /** Waits for `work`, unless a process of the node ends first. */
  async while<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.ended]);
  }
}
