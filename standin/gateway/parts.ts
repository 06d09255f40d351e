import type { IncomingMessage } from "node:http";
import type { Decision } from "./decider";
import { decodePin, encodePin, type Pin, pinKey, type Session } from "./pin";
import type { PinStore } from "./pin-store";

/** The header that names a session. */
export const AFFINITY_HEADER = "x-model-affinity";

/**
 * The decisions that affinity hangs on, each replaceable. {@link healthyParts} keeps Plano's contract;
 * a fault mode replaces one or two of them with what a real bug would do.
 */
export interface GatewayParts {
  /** The session of a request, `undefined` when it has none. */
  readonly session: (request: IncomingMessage) => Session | undefined;
  readonly key: (session: Session) => string;
  readonly encode: (pin: Pin, requestedModel: string) => string;
  readonly decode: (value: string) => Pin | undefined;
  readonly store: PinStore;
  /** Lifetime of a pin; `undefined` for ever. */
  readonly ttlSeconds: number | undefined;
  /** Whether the routing model is asked even where a pin exists. */
  readonly alwaysRoute: boolean;
  /** The model that is called. */
  readonly calledModel: (decision: Decision, requested: string) => string;
  /** Attributes put on every span. */
  readonly spanAttributes: Readonly<Record<string, string>>;
  readonly exportSpans: boolean;
  /** Whether the n-th chat request (from 1) fails before anything is done. */
  readonly failsRequest: (n: number) => boolean;
}

export interface HealthyOptions {
  readonly store: PinStore;
  readonly ttlSeconds: number;
  readonly tenantHeader?: string;
  readonly spanAttributes: Readonly<Record<string, string>>;
}

/** The parts of a gateway that keeps the contract. */
export function healthyParts(options: HealthyOptions): GatewayParts {
  return {
    session: (request) => sessionOf(request, options.tenantHeader),
    key: pinKey,
    encode: encodePin,
    decode: decodePin,
    store: options.store,
    ttlSeconds: options.ttlSeconds,
    alwaysRoute: false,
    calledModel: ({ models: [best] }) => best,
    spanAttributes: options.spanAttributes,
    exportSpans: true,
    failsRequest: () => false,
  };
}

/**
 * The session that a request's headers name, bytes as received. An empty id is a session like any other, as with
 * Plano 0.4.27; ids with bytes beyond ASCII, which that version ignores, are sessions too.
 */
function sessionOf(request: IncomingMessage, tenantHeader: string | undefined): Session | undefined {
  const id = firstHeader(request, AFFINITY_HEADER);
  if (id === undefined) return undefined;
  return { id, tenant: tenantHeader === undefined ? undefined : firstHeader(request, tenantHeader) };
}

/** The first value of a header; Node would join repeated ones into a value that nobody sent. */
function firstHeader(request: IncomingMessage, name: string): string | undefined {
  return request.headersDistinct[name]?.[0];
}
