import { head } from "./bad-requests";
import { inTime, type Outcome, type Outcomes, RawConnection, tally } from "./raw-connection";

/** Connections that are held open and fed until they are disposed of. */
export class HeldConnections implements Disposable {
  readonly #connections: RawConnection[];
  readonly #outcomes: Outcome[] = [];
  readonly #feeding: NodeJS.Timeout | undefined;

  /**
   * @param first what each sends at first
   * @param drip what each sends then, every `intervalMs`; empty: nothing
   */
  constructor(url: string, count: number, first: string, drip = "", intervalMs = 500) {
    this.#connections = Array.from({ length: count }, () => new RawConnection(url));
    for (const connection of this.#connections) {
      if (first !== "") connection.send(first);
      void connection.outcome.then((outcome) => this.#outcomes.push(outcome));
    }
    if (drip !== "") this.#feeding = setInterval(() => this.#connections.forEach((it) => it.send(drip)), intervalMs);
  }

  /** The outcomes so far. */
  get outcomes(): Outcomes {
    return tally(this.#outcomes);
  }

  get open(): number {
    return this.#connections.filter((each) => each.open).length;
  }

  halfClose(): void {
    for (const connection of this.#connections) connection.halfClose();
  }

  /** Waits until all have an outcome. @throws Error when that takes more than 40 s */
  async settled(): Promise<Outcomes> {
    await inTime(Promise.all(this.#connections.map(({ outcome }) => outcome)), `the end of ${this.open} connections`);
    return this.outcomes;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#feeding);
    for (const connection of this.#connections) connection[Symbol.dispose]();
  }
}

/** Heads that never come to their end: a header line every half second. */
export const slowHeads = (url: string, count: number): HeldConnections =>
  new HeldConnections(url, count, head(), "x-slow: y\r\n");

/** Connections that say nothing. */
export const silent = (url: string, count: number): HeldConnections => new HeldConnections(url, count, "");

/** Bodies of 10 MB of which `sent` bytes come at once, and then a byte every half second. */
export const slowBodies = (url: string, count: number, sent: number): HeldConnections =>
  new HeldConnections(url, count, `${head([], 10_000_000)}\r\n${"b".repeat(sent)}`, "b");

/** The head of a body that comes in chunks. */
const chunked = head().replace(/content-length: \d+/, "transfer-encoding: chunked");

/** Bodies without a length that go on for ever, a chunk of 64 KiB every 5 ms. */
export const endlessBodies = (url: string, count: number): HeldConnections => {
  const chunk = `10000\r\n${"e".repeat(0x1_0000)}\r\n`;
  return new HeldConnections(url, count, `${chunked}\r\n${chunk}`, chunk, 5);
};
