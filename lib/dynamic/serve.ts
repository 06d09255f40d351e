import { existsSync, watchFile } from "node:fs";
import { text } from "node:stream/consumers";

/** One operation of a dynamic resource: from the resource's inputs to its outputs. */
export type Operation<I> = (inputs: I, signal: AbortSignal) => Promise<unknown>;

/**
 * The other end of `operate`: runs the operation that this process was started for, and sets its exit code. Whoever
 * asks it to stop, or removes the file of `PLANO_AFFINITY_RUNNING`, interrupts it, so that it can clean up, also when
 * its output is no longer read.
 */
export function serve<I>(operations: Readonly<Record<string, Operation<I>>>): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
  const main = async (): Promise<void> => {
    const operation = operations[process.argv[2] ?? ""];
    if (operation === undefined) throw new Error(`unknown operation; known are ${Object.keys(operations).join(", ")}`);
    const inputs = JSON.parse(await text(process.stdin)) as I;
    process.stdout.write(JSON.stringify(await operation(inputs, interruption())));
  };
  main().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}

/** Aborts when this process is asked to end, or when the run that it belongs to was interrupted. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => controller.abort(new Error("interrupted"));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, abort);
  const running = process.env.PLANO_AFFINITY_RUNNING;
  if (running !== undefined)
    watchFile(running, { interval: 200, persistent: false }, () => void (existsSync(running) || abort()));
  return controller.signal;
}
