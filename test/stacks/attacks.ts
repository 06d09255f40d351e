import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** Where an attack goes. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

export function targetOf(url: string): Target {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}

/** How long an answer is waited for, in milliseconds. */
const ANSWER_LIMIT_MS = 40_000;

/** How long many new sessions may take, in milliseconds: a busy machine of two cores serves 300 a second. */
const BURST_LIMIT_MS = 100_000;

/** What came back on a connection: a status, or that it was closed without one. */
export type Outcome = number | "closed";

/** How often each outcome was seen. */
export type Outcomes = ReadonlyMap<Outcome, number>;

export function tally(outcomes: Iterable<Outcome>): Outcomes {
  const counts = new Map<Outcome, number>();
  for (const outcome of outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return counts;
}

/** A connection of an attacker's: bytes as they are, no HTTP client that would refuse to send them. */
class RawConnection implements Disposable {
  #answer = "";
  /** The status line's status once it has come, or that the connection ended without one. */
  readonly outcome: Promise<Outcome>;
  readonly #socket: Socket;

  constructor(target: Target) {
    const socket = connect({ ...target, allowHalfOpen: true });
    this.#socket = socket;
    this.outcome = new Promise((resolve) => {
      socket.setEncoding("latin1").on("data", (text: string) => {
        this.#answer = (this.#answer + text).slice(0, 64 * 1024);
        const status = /^HTTP\/1\.1 (\d{3})/.exec(this.#answer)?.[1];
        if (status !== undefined) resolve(Number(status));
      });
      // A reset is an end like any other here.
      socket.on("error", () => undefined).once("close", () => resolve("closed"));
      socket.once("end", () => socket.end());
    });
  }

  /** What has come back so far, at most 64 KiB. */
  get answer(): string {
    return this.#answer;
  }

  get open(): boolean {
    return !this.#socket.destroyed && this.#socket.writable;
  }

  /** Resolves when the bytes are on their way, or never will be. */
  async send(bytes: string): Promise<void> {
    if (!this.open) return;
    await new Promise<void>((resolve) => this.#socket.write(bytes, "latin1", () => resolve()));
  }

  /** Closes the sending half only. */
  halfClose(): void {
    this.#socket.end();
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}

const CHAT = JSON.stringify({ model: "openai/gpt-4o-mini", messages: [{ role: "user", content: "What is 2 and 2?" }] });

/** The head of a chat request, without the empty line, so that more lines may follow. */
export function head(lines: readonly string[] = [], length = Buffer.byteLength(CHAT)): string {
  return `${["POST /v1/chat/completions HTTP/1.1", "host: gateway", "content-type: application/json", `content-length: ${length}`, ...lines].join("\r\n")}\r\n`;
}

/**
 * Sends bytes on a connection of their own.
 *
 * @returns the outcome, and the answer as far as it has come
 * @throws Error when there is none within 40 s
 */
export async function attempt(target: Target, bytes: string): Promise<{ outcome: Outcome; answer: string }> {
  using connection = new RawConnection(target);
  void connection.send(bytes);
  const outcome = await within(connection.outcome, "an answer");
  for (const end = Date.now() + 500; Date.now() < end && !connection.answer.endsWith("}");) await pause(10);
  return { outcome, answer: connection.answer };
}

/** Requests that are malformed or too large, each with what it is, and the outcomes that are right for it. */
export const malformed: readonly { readonly what: string; readonly bytes: string; readonly right: readonly Outcome[] }[] = [
  { what: "a header of 64 KiB", bytes: `${head([`x-padding: ${"p".repeat(64 * 1024)}`])}\r\n${CHAT}`, right: [431] },
  { what: "5,000 headers", bytes: `${head(Array.from({ length: 5_000 }, (_, n) => `x-${n}: v`))}\r\n${CHAT}`, right: [431] },
  // Where the answer comes before it has sent everything, it may meet a reset.
  {
    what: "a session id of 1 MB",
    bytes: `${head([`x-model-affinity: ${"s".repeat(1_000_000)}`])}\r\n${CHAT}`,
    right: [431, "closed"],
  },
  ...["00", "01", "0b", "0d", "1b", "7f"].map((hex) => ({
    what: `a session id with the control character ${hex}`,
    bytes: `${head([`x-model-affinity: s${Buffer.from(hex, "hex").toString("latin1")}s`])}\r\n${CHAT}`,
    right: [400],
  })),
  { what: "two lengths", bytes: `${head(["content-length: 1"])}\r\n${CHAT}`, right: [400] },
  { what: "a length and chunks", bytes: `${head(["transfer-encoding: chunked"])}\r\n0\r\n\r\n`, right: [400] },
  { what: "no HTTP at all", bytes: "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 client hello\r\n\r\n", right: [400] },
];

/** A request whose session id is given twice. */
export const duplicate = (first: string, second: string, body = CHAT): string =>
  `${head([`x-model-affinity: ${first}`, `x-model-affinity: ${second}`], Buffer.byteLength(body))}\r\n${body}`;

/** Connections that are held open and fed until they are disposed of. */
export class HeldConnections implements AsyncDisposable {
  readonly #connections: RawConnection[];
  readonly #outcomes: Outcome[] = [];
  readonly #feeding: Promise<void>;
  #stopped = false;

  /**
   * @param first what each sends at first
   * @param drip what each sends then, every `intervalMs`; empty: nothing
   */
  constructor(
    target: Target,
    count: number,
    first: string,
    private readonly drip = "",
    private readonly intervalMs = 500,
  ) {
    this.#connections = Array.from({ length: count }, () => new RawConnection(target));
    for (const connection of this.#connections) {
      if (first.length > 0) void connection.send(first);
      void connection.outcome.then((outcome) => this.#outcomes.push(outcome));
    }
    this.#feeding = drip.length > 0 ? this.#feed() : Promise.resolve();
  }

  async #feed(): Promise<void> {
    while (!this.#stopped) {
      for (const connection of this.#connections) if (connection.open) void connection.send(this.drip);
      await pause(this.intervalMs);
    }
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
    await within(Promise.all(this.#connections.map(({ outcome }) => outcome)), `the end of ${this.open} connections`);
    return this.outcomes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    for (const connection of this.#connections) connection[Symbol.dispose]();
    await this.#feeding;
  }
}

/** Heads that never come to their end: a header line every half second. */
export const slowHeads = (target: Target, count: number): HeldConnections =>
  new HeldConnections(target, count, head(), "x-slow: y\r\n");

/** Connections that say nothing. */
export const silent = (target: Target, count: number): HeldConnections => new HeldConnections(target, count, "");

/** Bodies of 10 MB of which `sent` bytes come at once, and then a byte every half second. */
export const slowBodies = (target: Target, count: number, sent: number): HeldConnections =>
  new HeldConnections(target, count, `${head([], 10_000_000)}\r\n${"b".repeat(sent)}`, "b");

/** Bodies without a length that go on for ever, a chunk of 64 KiB every 5 ms. */
export const endlessBodies = (target: Target, count: number): HeldConnections => {
  const chunk = `10000\r\n${"e".repeat(0x1_0000)}\r\n`;
  const chunked = head().replace(/content-length: \d+/, "transfer-encoding: chunked");
  return new HeldConnections(target, count, `${chunked}\r\n${chunk}`, chunk, 5);
};

/** Bodies in chunks of a single byte, each of which is an object to a careless server; they never end. */
export const tinyChunks = (target: Target, count: number, bytes: number): HeldConnections => {
  const chunked = head().replace(/content-length: \d+/, "transfer-encoding: chunked");
  return new HeldConnections(target, count, `${chunked}\r\n${"1\r\nt\r\n".repeat(bytes)}`);
};

/** A whole request with a body of this text. */
export const request = (body: string, lines: readonly string[] = []): string =>
  `${head(lines, Buffer.byteLength(body, "latin1"))}\r\n${body}`;

/** A valid chat request of `bytes` bytes and far more objects than bytes suggest: each `{}` takes some 60. */
export const denseBody = (bytes: number): string =>
  `{"model":"openai/gpt-4o-mini","messages":[{"role":"user","content":"What is 2 and 2?"}],"pad":[${"{},".repeat(bytes / 3)}{}]}`;

/** A valid chat request with a system prompt of `bytes` bytes, in which every second character takes three. */
export const wideBody = (bytes: number): string =>
  Buffer.from(CHAT.replace("[{", `[{"role":"system","content":"${"€a".repeat(bytes / 4)}"},{`)).toString("latin1");

/** What came of many new sessions. */
export interface Burst {
  readonly outcomes: Outcomes;
  readonly seconds: number;
}

/**
 * Begins `count` sessions as quickly as `connections` connections allow, `<prefix>0` and so on.
 * Each connection sends its next request when the last is answered, so at most that many are under way.
 */
export async function newSessions(target: Target, prefix: string, count: number, connections: number): Promise<Burst> {
  const began = performance.now();
  const outcomes: Outcome[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    let socket: Socket | undefined;
    while (next < count) {
      const id = `${prefix}${next++}`;
      if (socket === undefined || socket.destroyed) socket = connect(target).on("error", () => undefined);
      outcomes.push(await exchange(socket, request(CHAT, [`x-model-affinity: ${id}`])));
    }
    socket?.destroy();
  };
  await within(Promise.all(Array.from({ length: connections }, worker)), `${count} new sessions`, BURST_LIMIT_MS);
  return { outcomes: tally(outcomes), seconds: (performance.now() - began) / 1_000 };
}

/** One request on a connection that is kept; its answer has a length, or ends the connection. */
async function exchange(socket: Socket, bytes: string): Promise<Outcome> {
  let answer = "";
  return new Promise((resolve) => {
    const done = (outcome: Outcome): void => {
      socket.off("data", onData).off("close", onClose);
      resolve(outcome);
    };
    const onClose = (): void => done("closed");
    const onData = (chunk: Buffer): void => {
      answer += chunk.toString("latin1");
      const [, status, length] = /^HTTP\/1\.1 (\d{3})[^]*?\r\ncontent-length: (\d+)\r\n/i.exec(answer) ?? [];
      const at = answer.indexOf("\r\n\r\n");
      if (status !== undefined && at >= 0 && answer.length >= at + 4 + Number(length)) done(Number(status));
    };
    socket.on("data", onData).once("close", onClose);
    socket.write(Buffer.from(bytes, "latin1"));
  });
}

/** Somebody else: sessions that are pinned at every URL, asked without a pause until it is disposed of. */
export class Bystander implements AsyncDisposable {
  /** Rounds in which every session was asked at every URL. */
  rounds = 0;
  /** Longest wait for an answer, in milliseconds. */
  slowestMs = 0;
  readonly failures: string[] = [];
  #stopped = false;
  #asked = 0;
  #asking: Promise<void> | undefined;

  private constructor(
    private readonly urls: readonly string[],
    private readonly models: ReadonlyMap<string, string>,
  ) {}

  /** Pins `sessions` sessions, one half to each model, at the first URL. @throws Error when that goes wrong */
  static async start(urls: readonly string[], prefix: string, sessions = 8): Promise<Bystander> {
    const models = new Map<string, string>();
    for (let index = 0; index < sessions; index++) {
      const session = `${prefix}${index}`;
      const [prompt, model] = index % 2 === 0 ? [prompts.deep, "openai/gpt-5.2"] : [prompts.fast, "openai/gpt-4o-mini"];
      const served = await chat(urls[0] as string, prompt, session);
      if (served !== model) throw new Error(`${session} was pinned to ${served}, not ${model}`);
      models.set(session, model);
    }
    const bystander = new Bystander(urls, models);
    bystander.#asking = bystander.#ask();
    return bystander;
  }

  /** Each prompt is one that would go to the other model without the pin. */
  async #ask(): Promise<void> {
    while (!this.#stopped) {
      for (const [session, model] of this.models) {
        for (const url of this.urls) {
          const began = performance.now();
          const prompt = model === "openai/gpt-5.2" ? prompts.fast : prompts.deep;
          // By turns on a connection that lay idle, and on one that is new and may meet any replica behind the URL.
          const fresh = this.#asked++ % 2 === 0;
          const served = await chat(url, prompt, session, fresh).catch((error: unknown) => describeError(error));
          if (served !== model) this.failures.push(`${session} at ${url}: ${served}, not ${model}`);
          this.slowestMs = Math.max(this.slowestMs, performance.now() - began);
        }
      }
      this.rounds++;
      await pause(20);
    }
  }

  /** Waits for a round that began now or later. @throws Error when that takes more than 40 s */
  async nextRound(): Promise<void> {
    const wanted = this.rounds + 2;
    for (const end = Date.now() + ANSWER_LIMIT_MS; this.rounds < wanted; await pause(20)) {
      if (Date.now() > end)
        throw new Error(`a bystander's round took more than ${ANSWER_LIMIT_MS / 1_000} s; ${this.failures.join("; ")}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await this.#asking;
  }
}

export const prompts = { deep: "Prove that the square root of 2 is irrational.", fast: "What is the capital of France?" };

/** The model that serves a prompt. @throws Error with the status and body when it is refused */
export async function chat(url: string, prompt: string, session: string, fresh = false): Promise<string> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-model-affinity": session,
      ...(fresh ? { connection: "close" } : {}),
    },
    body: JSON.stringify({ model: "openai/gpt-4o-mini", messages: [{ role: "user", content: prompt }] }),
    signal: AbortSignal.timeout(20_000),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`HTTP ${response.status}: ${text}`);
  return (JSON.parse(text) as { model: string }).model;
}

function describeError(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { message?: string; code?: string } };
  return [message ?? String(error), cause?.code ?? cause?.message].filter((it) => it !== undefined).join(": ");
}

export const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

async function within<T>(promise: Promise<T>, what: string, limitMs = ANSWER_LIMIT_MS): Promise<T> {
  const limit = new AbortController();
  const late = once(AbortSignal.any([limit.signal, AbortSignal.timeout(limitMs)]), "abort").then(() => {
    throw new Error(`waited ${limitMs / 1_000} s for ${what}`);
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    limit.abort();
  }
}
