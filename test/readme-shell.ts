import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { Outcome } from "./stacks/stack";

/** One bash, in which lines are run one after another as a reader types them: folder and variables stay. */
export class ReadersShell implements AsyncDisposable {
  readonly #bash: ChildProcessWithoutNullStreams;
  readonly #marker = randomUUID();
  readonly #closed: Promise<unknown>;
  #output = "";
  #onOutput: () => void = () => undefined;

  /** @param env the shell's environment, and nothing else */
  constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.#bash = spawn("bash", ["--noprofile", "--norc"], { cwd: folder, env, detached: true });
    this.#closed = once(this.#bash, "close");
    for (const stream of [this.#bash.stdout, this.#bash.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.#output += text;
        this.#onOutput();
      });
    }
  }

  /**
   * Runs a line to its end.
   *
   * @param typed what is typed when it asks; default: nothing
   * @returns its exit code, and what it printed to both streams
   * @throws Error when the shell itself ends
   */
  async run(line: string, typed = ""): Promise<Outcome> {
    this.#output = "";
    const end = new RegExp(`\\n${this.#marker} (\\d+)\\n$`);
    const ended = new Promise<Outcome>((resolve) => {
      this.#onOutput = () => {
        const [text, code] = end.exec(this.#output) ?? [];
        if (text !== undefined) resolve({ code: Number(code), output: this.#output.slice(0, -text.length) });
      };
    });
    const gone = this.#closed.then(() => Promise.reject(new Error(`the shell ended at ${line}:\n${this.#output}`)));
    gone.catch(() => undefined);
    const input = Buffer.from(typed).toString("base64");
    this.#bash.stdin.write(`{ ${line}\n} 2>&1 < <(base64 -d <<< '${input}')\nprintf '\\n${this.#marker} %d\\n' $?\n`);
    return Promise.race([ended, gone]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { pid, exitCode, signalCode } = this.#bash;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    // With all that it has started.
    process.kill(-pid, "SIGTERM");
    this.#bash.stdin.destroy();
    await this.#closed;
  }
}

/** The environment of somebody who has just cloned: nothing of the tests' npm, nor of a Pulumi or cluster of their own. */
export function readersEnvironment(): NodeJS.ProcessEnv {
  const others =
    /^(npm_(?!config_(registry|cafile|proxy|https_proxy)$)|PULUMI_|PLANO_AFFINITY_|KUBECONFIG$|INIT_CWD$|DISPLAY$|WAYLAND_DISPLAY$)/i;
  const own = Object.entries(process.env).filter(([name]) => !others.test(name));
  return { ...Object.fromEntries(own), NO_COLOR: "1" };
}
