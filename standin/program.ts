/** Keeps a program from starting, and its user can fix it: shown as one line, without a stack. */
export class StartupError extends Error {
  override readonly name = "StartupError";
}

/** Runs a program's `main`: the one place in the stand-in that prints an error and exits. */
export function runMain(program: string, main: () => Promise<void>): void {
  main().catch((error: unknown) => {
    const text = error instanceof StartupError ? error.message : error instanceof Error ? error.stack : String(error);
    process.stderr.write(`${program}: ${text}\n`);
    process.exit(1);
  });
}

/** Ends the process on the first SIGTERM or SIGINT. The first process of a container would otherwise ignore both. */
export function onStopSignal(stop: (signal: NodeJS.Signals) => Promise<void>): void {
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.once(signal, () => void stop(signal).finally(() => process.exit(0)));
}
