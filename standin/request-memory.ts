import type { ServerResponse } from "node:http";
import { HttpError } from "./http-error";

const KIB = 1024;
const MIB = 1024 * KIB;

/** Bodies up to this size are small, in bytes: the first of every body is covered by the limit of connections. */
const SMALL_BODY_BYTES = 16 * KIB;

/** What a request counts besides its body, in bytes: its objects, span and connection to the upstream. */
const REQUEST_BYTES = 16 * KIB;

/** How often a body's text is in memory while it is served: as bytes, as text, parsed, as prompt and as two requests. */
const COPIES = 6;

/** What a parsed JSON value counts, in bytes: an empty object takes 56 in V8. */
const VALUE_BYTES = 64;

/** One kind of requests' share of the memory, in bytes as counted here. */
interface Share {
  readonly limit: number;
  used: number;
}

/** What one request holds of the memory. */
export type HeldMemory = ReturnType<RequestMemory["hold"]>;

/** Limits what requests hold of a container's 256 MiB. Small bodies have a share of their own, that large ones cannot take. */
export class RequestMemory {
  readonly #small: Share;
  readonly #large: Share;

  /**
   * @param smallBytes for requests with a small body, default 16 MiB: about 800 usual ones at once
   * @param largeBytes for all others, default 64 MiB: one of the largest, ten of 1 MB, or a hundred of 100 KB at once
   */
  constructor(smallBytes = 16 * MIB, largeBytes = 64 * MIB) {
    this.#small = { limit: smallBytes, used: 0 };
    this.#large = { limit: largeBytes, used: 0 };
  }

  /** What one request holds, until its response is closed. */
  hold(response: ServerResponse) {
    let held: { readonly share: Share; readonly bytes: number } | undefined;
    const give = (): void => {
      if (held !== undefined) held.share.used -= held.bytes;
      held = undefined;
    };
    let take = (share: Share, bytes: number): void => {
      give();
      if (bytes > share.limit) throw new HttpError(413, "the request body has more values than the gateway has memory for");
      if (share.used + bytes > share.limit)
        throw new HttpError(503, "the gateway's memory for requests is in use; try again later");
      share.used += bytes;
      held = { share, bytes };
    };
    response.once("close", () => {
      give();
      take = () => undefined;
    });
    return {
      /** A body that is still coming takes this many bytes. @throws HttpError 503 when other requests leave no room for it */
      receive: (bytes: number): void => {
        if (bytes > SMALL_BODY_BYTES) take(this.#large, bytes);
      },
      /** A body is about to be parsed. @throws HttpError 413 when there is never room for it, 503 when others leave none */
      parse: (body: Buffer): void => {
        const share = body.length > SMALL_BODY_BYTES ? this.#large : this.#small;
        take(share, REQUEST_BYTES + COPIES * body.length + VALUE_BYTES * countValues(body));
      },
    };
  }
}

const [quote, backslash, comma, colon, brace, bracket] = Buffer.from('"\\,:{[');

/** An upper bound of the values that parsing a JSON text makes, without parsing it. */
export function countValues(json: Buffer): number {
  let count = 1;
  let quoted = false;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at];
    if (quoted) {
      if (byte === backslash) at++;
      else if (byte === quote) quoted = false;
    } else if (byte === quote) quoted = true;
    else if (byte === comma || byte === colon || byte === brace || byte === bracket) count++;
  }
  return count;
}
