import type { Progress } from "../common/progress";

export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Shows what is being done: one line that is written over on a terminal, a line for each phase in a pipe. */
export class ProgressLine {
  readonly #stream: ProgressStream;
  #phase = "";
  #shownAt = 0;

  constructor(stream: ProgressStream) {
    this.#stream = stream;
  }

  readonly show: Progress = ({ phase, done, total }) => {
    const isNew = phase !== this.#phase;
    this.#phase = phase;
    if (this.#stream.isTTY !== true) {
      if (isNew) this.#stream.write(`${phase}\n`);
      return;
    }
    const now = performance.now();
    if (!isNew && now - this.#shownAt < 100) return;
    this.#shownAt = now;
    const count = done === undefined || total === undefined ? "" : ` ${done}/${total}`;
    this.#stream.write(`\r\u001b[K${`${phase}${count}`.slice(0, (this.#stream.columns ?? 80) - 1)}`);
  };

  clear(): void {
    if (this.#stream.isTTY === true && this.#phase !== "") this.#stream.write("\r\u001b[K");
  }
}
