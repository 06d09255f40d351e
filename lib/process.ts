/** What people and machines end a process by. */
export const endings = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Aborts on ^C, on SIGTERM and when the terminal is closed. A second ^C ends the process at once; the others often come
 * twice, to the whole process group and from the parent.
 */
export function interruption(controller = new AbortController()): AbortSignal {
  const abort = (): void => controller.abort(new Error("interrupted"));
  for (const signal of endings) process[signal === "SIGINT" ? "once" : "on"](signal, abort);
  return controller.signal;
}

/** How a program ends: what it prints last, and its exit code. */
export type Ending = { readonly out?: string; readonly err?: string; readonly code: number };

const failed = (error: unknown): Ending => ({ err: `${error instanceof Error ? error.message : String(error)}\n`, code: 1 });

/**
 * Runs a program and ends the process with its exit code, whatever is still open. Without its terminal or pipe it still has
 * to clean up; output that the disk has no room for is a failure.
 *
 * @param work gives the exit code, or what is left to do when any signal may end it at once
 * @param onError how it ends when its work fails; default: with the message, and 1
 */
export async function runProgram(
  work: () => Promise<number | (() => Promise<number>)>,
  onError: (error: unknown) => Ending = failed,
): Promise<void> {
  const streams = Object.entries({ "standard output": process.stdout, "standard error": process.stderr });
  let lost: Error | undefined;
  for (const [name, stream] of streams)
    stream.on("error", ({ code, message }: NodeJS.ErrnoException) => {
      if (code === "EPIPE" || code === "EIO") return;
      lost ??= Object.assign(new Error(`${name} could not be written: ${message}`), { code });
    });
  const finish = async (last: number | (() => Promise<number>)): Promise<Ending> => {
    for (const signal of endings) process.removeAllListeners(signal);
    return { code: typeof last === "number" ? last : await last() };
  };
  const print = async ({ out = "", err = "" }: Ending): Promise<void> => {
    if (out !== "") process.stdout.write(out);
    if (err !== "") process.stderr.write(err);
    // A full disk takes not even nothing, so that is written only behind something.
    for (const [, stream] of streams)
      await new Promise((written) => (stream.writableLength > 0 ? stream.write("", written) : setImmediate(written)));
  };
  const ending = await work().then(finish).catch(onError);
  await print(ending);
  const failure = lost === undefined ? ending : onError(lost);
  if (failure !== ending) await print(failure);
  process.exit(ending.code === 0 ? failure.code : ending.code);
}

/** Whether there is a process of this id on this machine, whoever's it is. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
