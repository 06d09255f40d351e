import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { endings, isAlive, runProgram } from "../process";

/** One operation of a dynamic resource: from the resource's inputs to its outputs, if it has any. */
export type Operation<I> = (inputs: I, signal: AbortSignal) => Promise<unknown>;

/**
 * The other end of `operate`: runs the operation that this process was started for, and ends it. Whoever
 * asks it to stop, removes the file of `PLANO_AFFINITY_RUNNING`, or kills what started it, interrupts it, so that it can
 * clean up, also when its output is no longer read.
 */
export function serve<I>(operations: Readonly<Record<string, Operation<I>>>): void {
  void runProgram(async () => {
    const operation = operations[process.argv[2] ?? ""];
    if (operation === undefined) throw new Error(`unknown operation; known are ${Object.keys(operations).join(", ")}`);
    const inputs = JSON.parse(await text(process.stdin)) as I;
    process.stdout.write(JSON.stringify((await operation(inputs, interruption())) ?? {}));
    return 0;
  });
}

/** Aborts when this process is asked to end, when the run that it belongs to was interrupted, or when that was killed. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => controller.abort(new Error("interrupted"));
  for (const signal of endings) process.once(signal, abort);
  const parent = process.ppid;
  setInterval(() => (process.ppid === parent && isRunning(process.env.PLANO_AFFINITY_RUNNING)) || abort(), 200).unref();
  return controller.signal;
}

/** @param file begins with the id of the engine's process, once there is one, and goes with an interrupted run */
function isRunning(file: string | undefined): boolean {
  if (file === undefined) return true;
  try {
    const engine = Number(readFileSync(file, "utf8").split(" ")[0]);
    return engine === 0 || isAlive(engine);
  } catch {
    return false;
  }
}
