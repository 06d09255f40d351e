import { strict as assert } from "node:assert";
import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { within } from "../../../lib/wait";

/** How long an answer is waited for, in milliseconds. */
const answerLimitMs = 40_000;

/** @throws Error naming what did not come in time */
export const inTime = <T>(promise: Promise<T>, what: string, limitMs = answerLimitMs): Promise<T> =>
  within(
    limitMs,
    undefined,
    () => promise,
    () => new Error(`waited ${limitMs / 1_000} s for ${what}`),
  );

/** What came back on a connection: a status, or that it was closed without one. */
export type Outcome = number | "closed";

/** How often each outcome was seen. */
export type Outcomes = ReadonlyMap<Outcome, number>;

export function tally(outcomes: Iterable<Outcome>): Outcomes {
  const counts = new Map<Outcome, number>();
  for (const outcome of outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return counts;
}

export function assertOnly(outcomes: Outcomes, right: readonly Outcome[]): void {
  for (const [outcome, count] of outcomes) assert.ok(right.includes(outcome), `${count} ended with ${outcome}`);
}

/** A connection of an attacker's: bytes as they are, no HTTP client that would refuse to send them. */
export class RawConnection implements Disposable {
  /** What has come back so far, at most 64 KiB. */
  answer = "";
  /** The status line's status once it has come, or that the connection ended without one. */
  readonly outcome: Promise<Outcome>;
  readonly #socket: Socket;

  /** @param url what it goes to: of which host and port count */
  constructor(url: string) {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    this.#socket = socket;
    this.outcome = new Promise((resolve) => {
      socket.setEncoding("latin1").on("data", (text: string) => {
        this.answer = (this.answer + text).slice(0, 64 * 1024);
        const status = /^HTTP\/1\.1 (\d{3})/.exec(this.answer)?.[1];
        if (status !== undefined) resolve(Number(status));
      });
      // A reset is an end like any other here.
      socket.on("error", () => undefined).once("close", () => resolve("closed"));
      socket.once("end", () => socket.end());
    });
  }

  get open(): boolean {
    return !this.#socket.destroyed && this.#socket.writable;
  }

  send(bytes: string): void {
    if (this.open) this.#socket.write(bytes, "latin1");
  }

  /** Closes the sending half only. */
  halfClose(): void {
    this.#socket.end();
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}

/**
 * Sends bytes on a connection of their own.
 *
 * @returns the outcome, and the answer as far as it has come
 * @throws Error when there is none within 40 s
 */
export async function attempt(url: string, bytes: string): Promise<{ outcome: Outcome; answer: string }> {
  using connection = new RawConnection(url);
  connection.send(bytes);
  const outcome = await inTime(connection.outcome, "an answer");
  for (const end = Date.now() + 500; Date.now() < end && !connection.answer.endsWith("}");) await pause(10);
  return { outcome, answer: connection.answer };
}
