import type { Progress } from "../common/progress";

/** Shows what is being done: one line that is written over on a terminal, a line for each phase in a pipe. */
export class ProgressLine {
  #phase = "";
  #shownAt = 0;

  constructor(private readonly stream: Pick<NodeJS.WriteStream, "isTTY" | "columns" | "write">) {}

  readonly show: Progress = ({ phase, done, total }) => {
    const isNew = phase !== this.#phase;
    this.#phase = phase;
    if (!this.stream.isTTY) {
      if (isNew) this.stream.write(`${phase}\n`);
      return;
    }
    const now = performance.now();
    if (!isNew && now - this.#shownAt < 100) return;
    this.#shownAt = now;
    const count = done === undefined || total === undefined ? "" : ` ${done}/${total}`;
    this.stream.write(`\r\u001b[K${`${phase}${count}`.slice(0, this.stream.columns - 1)}`);
  };

  clear(): void {
    if (this.stream.isTTY && this.#phase !== "") this.stream.write("\r\u001b[K");
  }
}
