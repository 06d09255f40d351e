/**
 * What the Pulumi resources of `sandbox.ts` do, as a process of its own: it gets an operation as argument, its inputs
 * as JSON on standard input, and answers with JSON on standard output. Whoever ends standard output's reader, asks it
 * to stop or removes the file of `PLANO_AFFINITY_RUNNING`, interrupts it, and it cleans up.
 */
import { existsSync, watchFile } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { streamProgress } from "../sandbox/common/progress";
import {
  ensureSandbox,
  loadImage,
  removeOwnSandbox,
  removeSandbox,
  type SandboxRequest,
  sandboxStatus,
} from "../sandbox/lifecycle/sandbox";
import { bundleStandin } from "./bundle-standin";
import { standinImage } from "./standin-image";

/** What identifies a sandbox. */
export type SandboxInputs = SandboxRequest;

const progress = streamProgress(process.stderr);

const operations: Readonly<Record<string, (inputs: SandboxInputs, signal: AbortSignal) => Promise<unknown>>> = {
  // One of ours that the stack does not know was left by a run whose state is lost: it is made anew.
  create: async (inputs, signal) => {
    await removeOwnSandbox(inputs);
    return ensureSandbox(inputs, progress, signal);
  },
  ensure: (inputs, signal) => ensureSandbox(inputs, progress, signal),
  remove: async (inputs) => {
    await removeSandbox(inputs);
    return {};
  },
  status: (inputs) => sandboxStatus(inputs.name),
  "load-standin": async (inputs) => {
    const folder = await bundleStandin();
    const files = Object.keys(standinImage.files).map((path) => [path, join(folder, path)] as const);
    const { user, workdir, entrypoint, cmd } = standinImage;
    const programs = { "/usr/local/bin/node": process.execPath };
    const reference = await loadImage(inputs.name, {
      name: "standin",
      programs,
      files: Object.fromEntries(files),
      user,
      workdir,
      entrypoint,
      cmd,
    });
    return { reference };
  },
};

async function main(): Promise<void> {
  const operation = operations[process.argv[2] ?? ""];
  if (operation === undefined) throw new Error(`unknown operation; known are ${Object.keys(operations).join(", ")}`);
  const inputs = JSON.parse(await text(process.stdin)) as SandboxInputs;
  process.stdout.write(JSON.stringify(await operation(inputs, interruption())));
}

/** Aborts when this process is asked to end, or when the run that it belongs to was interrupted. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => controller.abort(new Error("interrupted"));
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, abort);
  const running = process.env.PLANO_AFFINITY_RUNNING;
  if (running !== undefined)
    watchFile(running, { interval: 200, persistent: false }, () => void (existsSync(running) || abort()));
  return controller.signal;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
