import { type Ending, interruption, runProgram } from "../../lib/process";
import { Defect, Unmeasurable, UsageError } from "../common/errors";
import { HelpRequested } from "./command";

/** Limit for a run to put everything back after a defect, in milliseconds: more than the scale of a deployment may take. */
const putBackMs = 60_000;

/** Pure: what to print where there is no verdict, and the exit code: 2 where nothing could be measured, else 3. */
export function endOf(error: unknown): Ending {
  if (error instanceof HelpRequested) return { out: error.message, code: 0 };
  const { code, cause } = (error ?? {}) as { readonly code?: unknown; readonly cause?: { readonly code?: unknown } };
  // A report could not be written, say: the machine's own words, `ENOSPC`, and no defect.
  const isOfMachine = /^E[A-Z\d]+$/.test(String(code ?? cause?.code));
  const isKnown = [UsageError, Unmeasurable, Defect].some((kind) => error instanceof kind);
  const { message } = isKnown || isOfMachine ? (error as Error) : new Defect(error);
  return { err: `${message}\n`, code: error instanceof Unmeasurable ? 2 : 3 };
}

/**
 * Runs a program whose exit code is a verdict, and ends the process: whatever breaks without anybody waiting for it calls the
 * run off, which then puts back what it has changed, and no code is given by accident.
 *
 * @param read what is asked for; signals end the process at once until then, for a pipe may never be written to
 * @param measure measures, puts everything back, and gives what writes the reports and has the verdict's exit code
 */
export function runForVerdict<Request>(
  read: () => Request | Promise<Request>,
  measure: (request: Request, signal: AbortSignal) => Promise<() => Promise<number>>,
): void {
  const controller = new AbortController();
  const fail = (error: unknown): void => void runProgram(() => Promise.reject(new Defect(error)), endOf);
  let defect: Defect | undefined;
  process.on("uncaughtException", (error) => {
    defect ??= new Defect(error);
    controller.abort();
    setTimeout(fail, putBackMs, error).unref();
  });
  process.exitCode = 3;
  process.once("beforeExit", () => fail(new Error("it stopped before its verdict")));
  const work = async (): Promise<() => Promise<number>> => {
    const request = await read();
    const write = await measure(request, interruption(controller));
    if (defect !== undefined) throw defect;
    return write;
  };
  void runProgram(work, (error) => endOf(defect ?? error));
}
