import { once } from "node:events";
import net, { type AddressInfo } from "node:net";
import { Writable } from "node:stream";
import { within } from "../../lib/wait";
import { oneLine, reasonOf } from "../common/errors";

export interface TunnelSocket {
  on(event: "close", listener: () => void): unknown;
  close(): void;
}

/** Opens one connection to a fixed port of a fixed pod, as client-node's `PortForward.portForward` does, or ends with the signal. */
export type OpenStream = (connection: net.Socket, errors: Writable, signal: AbortSignal) => Promise<TunnelSocket>;

const limitMs = 10_000;

/** A loopback port that leads to one port of one pod, which each request to the API server names: nothing else can answer. */
export class Tunnel implements AsyncDisposable {
  readonly #server: net.Server;
  readonly #open = new Set<net.Socket>();
  /** Why the last connection broke; undefined when none did. */
  lastError: string | undefined;

  private constructor(openStream: OpenStream) {
    this.#server = net.createServer({ noDelay: true, allowHalfOpen: false }, (connection) => {
      void this.#carry(connection, openStream);
    });
  }

  static async listen(openStream: OpenStream): Promise<Tunnel> {
    const tunnel = new Tunnel(openStream);
    tunnel.#server.listen(0, "127.0.0.1");
    await once(tunnel.#server, "listening");
    return tunnel;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async #carry(connection: net.Socket, openStream: OpenStream): Promise<void> {
    this.#open.add(connection);
    const breakOff = (reason: string): void => {
      if (connection.destroyed) return;
      this.lastError = oneLine(reason);
      connection.resetAndDestroy();
    };
    connection.on("error", () => undefined);
    const closed = new AbortController();
    connection.on("close", () => {
      this.#open.delete(connection);
      closed.abort();
    });
    const errors = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        if (chunk.length > 0) breakOff(chunk.toString("utf8"));
        done();
      },
    });
    const open = async (signal: AbortSignal): Promise<void> => {
      const socket = await openStream(connection, errors, signal);
      // In good order: what the pod sent before it closed its side has still to arrive.
      socket.on("close", () => connection.end());
      if (connection.destroyed) socket.close();
      else connection.on("close", () => socket.close());
    };
    const late = (): Error => new Error(`no port-forward within ${limitMs / 1000} s`);
    await within(limitMs, closed.signal, open, late).catch((error: unknown) => breakOff(describe(error)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const connection of this.#open) connection.destroy();
    await closed;
  }
}

/** A WebSocket that cannot be opened rejects with an event that holds the error. */
function describe(error: unknown): string {
  if (error instanceof Error) return reasonOf(error);
  if (typeof error === "object" && error !== null && "message" in error) return String(error.message);
  return "the API server refused the port-forward";
}
