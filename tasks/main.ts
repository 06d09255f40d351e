/** An error whose message is all that its reader needs. */
export class UserError extends Error {
  override readonly name = "UserError";
}

/** Runs a task: the one place that prints an error and sets the exit code. */
export function runTask(task: (args: string[]) => Promise<number>): void {
  task(process.argv.slice(2)).then(
    (code) => (process.exitCode = code),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 1;
    },
  );
}

/** Aborts on ^C and SIGTERM; a second one ends the process at once, as nobody listens any more. */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => controller.abort(new Error("interrupted"));
  process.once("SIGINT", abort);
  process.once("SIGTERM", abort);
  return controller.signal;
}
