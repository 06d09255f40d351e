/**
 * Ends the process once, on the first SIGTERM or SIGINT.
 * Without a handler the first process of a container would ignore both.
 */
export function onStopSignal(stop: (signal: NodeJS.Signals) => Promise<void>): void {
  let stopping = false;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      void stop(signal).finally(() => process.exit(0));
    });
  }
}
