/** What keeps a process from starting and the person who started it can mend: shown as one line, without a stack. */
export class StartupError extends Error {
  override readonly name = "StartupError";
}

/**
 * Runs a program's `main` and ends the process with status 1 when it fails to start.
 * The only place in the stand-in that prints an error and exits.
 */
export function runMain(program: string, main: () => Promise<void>): void {
  main().catch((error: unknown) => {
    const text = error instanceof StartupError ? error.message : error instanceof Error ? error.stack : String(error);
    process.stderr.write(`${program}: ${text}\n`);
    process.exit(1);
  });
}
