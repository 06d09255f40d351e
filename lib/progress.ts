import pc from "picocolors";

/** Tells a person what is going on: one line a step on a pipe, a line that updates itself on a terminal. */
export interface Progress {
  /** Runs `work` as a named step; `detail` says how far it is. */
  step<T>(title: string, work: (detail: (text: string) => void) => Promise<T>): Promise<T>;
  info(text: string): void;
}

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

interface Step {
  readonly title: string;
  readonly since: number;
  detail: string;
}

/** Steps on a stream such as `process.stderr`; colour and motion only where it is a terminal. */
export function streamProgress(stream: NodeJS.WriteStream): Progress {
  const terminal = stream.isTTY === true;
  const colours = pc.createColors(terminal && process.env.NO_COLOR === undefined);
  const running = new Set<Step>();
  let timer: NodeJS.Timeout | undefined;
  let frame = 0;

  const inWords = ({ title, since, detail }: Step): string =>
    `${title} ${colours.dim(`${duration(performance.now() - since)} ${detail}`.trimEnd())}`;
  const clear = (): void => void (terminal && stream.write("\r\u001b[2K"));
  const draw = (): void => {
    const newest = [...running].at(-1);
    if (newest === undefined) return;
    frame = (frame + 1) % frames.length;
    const text = ` ${colours.cyan(frames[frame] ?? "")} ${inWords(newest)}`;
    clear();
    stream.write(text.slice(0, (stream.columns ?? 80) + 20));
  };
  const line = (text: string): void => {
    clear();
    stream.write(`${text}\n`);
  };

  return {
    async step(title, work) {
      const step: Step = { title, since: performance.now(), detail: "" };
      running.add(step);
      if (terminal) timer ??= setInterval(draw, 100).unref();
      else line(` • ${title}`);
      try {
        const value = await work((text) => void (step.detail = text));
        line(` ${colours.green("✓")} ${inWords(step)}`);
        return value;
      } catch (error) {
        line(` ${colours.red("✗")} ${inWords(step)}`);
        throw error;
      } finally {
        running.delete(step);
        if (running.size === 0) {
          clearInterval(timer);
          timer = undefined;
        }
      }
    },
    info: line,
  };
}

/** Says nothing; for callers that only want the result. */
export const silentProgress: Progress = {
  step: async (_title, work) => work(() => undefined),
  info: () => undefined,
};

/** How a person says a time that is given in milliseconds. */
export function duration(ms: number): string {
  const tenths = Math.round(ms / 100);
  if (tenths < 600) return `${(tenths / 10).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
