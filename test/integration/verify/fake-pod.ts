import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { V1Job, V1Pod } from "@kubernetes/client-node" with { "resolution-mode": "import" };

/** What becomes of a Job's pod: its container is run, or it stays as this says. */
export type Fate = "run" | V1Pod["status"];

/** A pod of a Job whose container is a process of this machine. */
export class FakePod implements Disposable {
  readonly process: ChildProcess | undefined;
  log = "";
  hasEnded = false;
  readonly #folder = mkdtempSync(join(tmpdir(), "fake-pod-"));
  #status: V1Pod["status"];

  constructor(
    private readonly job: V1Job,
    files: ReadonlyMap<string, Buffer>,
    fate: Fate,
  ) {
    if (fate !== "run") {
      this.#status = fate;
      return;
    }
    for (const [name, content] of files) writeFileSync(join(this.#folder, name), content);
    const [container] = job.spec?.template.spec?.containers ?? [];
    const [program = "", ...rest] = container?.command ?? [];
    const args = [...rest.map((arg) => arg.replace(/^\/program/, this.#folder)), ...(container?.args ?? [])];
    const command = program === "node" ? process.execPath : program;
    const variables = (container?.env ?? []).flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]]));
    const env = { ...(Object.fromEntries(variables) as NodeJS.ProcessEnv), HOME: this.#folder, TMPDIR: this.#folder };
    this.process = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    this.#status = { phase: "Running", containerStatuses: [status({ running: {} })] };
    // As in a pod: standard error is another pipe, of which nobody knows when it arrives.
    this.process.stdout?.setEncoding("utf8").on("data", (text: string) => (this.log += text));
    this.process.stderr?.setEncoding("utf8").on("data", (text: string) => (this.log = `${text}${this.log}`));
    this.process.once("close", (code) => {
      this.hasEnded = true;
      const terminated = { exitCode: code ?? 137, reason: code === null ? "OOMKilled" : code === 0 ? "Completed" : "Error" };
      this.#status = { phase: code === 0 ? "Succeeded" : "Failed", containerStatuses: [status({ terminated })] };
    });
  }

  get manifest(): V1Pod {
    const { metadata } = this.job.spec?.template ?? {};
    return { metadata: { ...metadata, name: `${this.job.metadata?.name}-abcde` }, status: this.#status };
  }

  [Symbol.dispose](): void {
    this.process?.kill("SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function status(state: NonNullable<NonNullable<V1Pod["status"]>["containerStatuses"]>[number]["state"]) {
  return { name: "verify", image: "", imageID: "", ready: false, restartCount: 0, state };
}
