import type { IncomingMessage } from "node:http";
import { decodePin, encodePin, type Pin, pinKey, type PinStore, type Session } from "./pin";

/** The header that names a session. */
export const AFFINITY_HEADER = "x-model-affinity";

export interface Decision {
  /** Names of configured models, best first. */
  readonly models: readonly [string, ...string[]];
  readonly route: string | null;
  /** Whether the decision was kept from an earlier request. */
  readonly pinned: boolean;
}

/** What affinity depends on. {@link healthyParts} keep Plano's contract; a fault replaces one or two of them. */
export interface GatewayParts {
  readonly session: (request: IncomingMessage) => Session | undefined;
  readonly key: (session: Session) => string;
  readonly encode: (pin: Pin, requestedModel: string) => string;
  readonly decode: (value: string) => Pin | undefined;
  readonly store: PinStore;
  /** Lifetime of a pin's key; undefined: for ever. */
  readonly ttlSeconds: number | undefined;
  /** Whether the routing model is asked even where a pin exists. */
  readonly alwaysRoute: boolean;
  readonly calledModel: (decision: Decision, requested: string) => string;
  readonly spanAttributes: Readonly<Record<string, string>>;
  readonly exportSpans: boolean;
  /** Whether the n-th chat request (from 1) fails before anything is done. */
  readonly failsRequest: (n: number) => boolean;
  /** When prices are fetched first, in milliseconds since the start; 0: before it serves. */
  readonly priceDelayMs: number;
}

type Given = Pick<GatewayParts, "store" | "ttlSeconds" | "spanAttributes"> & { readonly tenantHeader?: string };

/** The parts of a gateway that keeps the contract. */
export function healthyParts({ tenantHeader, ...given }: Given): GatewayParts {
  return {
    ...given,
    session: (request) => sessionOf(request, tenantHeader),
    key: pinKey,
    encode: encodePin,
    decode: decodePin,
    alwaysRoute: false,
    calledModel: ({ models: [best] }) => best,
    exportSpans: true,
    failsRequest: () => false,
    priceDelayMs: 0,
  };
}

/**
 * The session that a request's headers name, bytes as received. An empty id is a session like any other, as with
 * Plano 0.4.27; ids with bytes beyond ASCII, which that version ignores, are sessions too.
 */
function sessionOf({ headersDistinct }: IncomingMessage, tenantHeader: string | undefined): Session | undefined {
  // The first value: Node would join repeated headers into a value that nobody sent.
  const id = headersDistinct[AFFINITY_HEADER]?.[0];
  return id === undefined ? undefined : { id, tenant: tenantHeader && headersDistinct[tenantHeader]?.[0] };
}
