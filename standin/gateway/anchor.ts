import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { ChatRequest } from "../chat";
import { StartupError } from "../program";
import type { Session } from "./pin";
import type { Rates } from "./prices";

/** What Plano 0.4.28 and later keep of a session, as it stands in Redis; without its accounts. */
export interface Anchor {
  readonly anchor_model: string;
  readonly route_name?: string;
  /** Of the part of the prompt that comes before the conversation. */
  readonly prefix_hash?: string;
  /** Whole seconds since 1970. */
  readonly last_used: number;
}

/** What decides a turn. */
export interface Turn {
  /** The routing model's choice. */
  readonly candidate: string;
  readonly route: string | null;
  readonly prefixHash: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Prices, where a routing budget of 0 holds sessions; undefined: no budget, so that every turn follows the router. */
  readonly prices: ((model: string) => Rates | undefined) | undefined;
  /** Seconds without a request after which an anchor no longer holds. */
  readonly warmSeconds: number;
}

/** @returns undefined for a value that names no anchor, e.g. a pin of Plano 0.4.27 */
export function decodeAnchor(value: string): Anchor | undefined {
  try {
    const anchor = JSON.parse(value) as Partial<Anchor>;
    return typeof anchor.anchor_model === "string" ? (anchor as Anchor) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Decides a turn of a session and what is kept of it: with a budget of 0 a session is held while its provider's cache is
 * warm, unless reading the prompt anew costs no more at the candidate. Models without a price are free.
 *
 * Source: `session_router::route` of Plano 0.4.36, read; without its budgets above 0, its credit for models that the
 * session came from, and its look at the answer's token counts.
 */
export function nextAnchor(before: Anchor | undefined, turn: Turn): Anchor {
  const { candidate, route, prefixHash, now, prices, warmSeconds } = turn;
  const seconds = now / 1_000;
  const isWarm = before !== undefined && seconds - before.last_used <= warmSeconds && before.prefix_hash === prefixHash;
  const [from, to] = [isWarm ? prices?.(before.anchor_model) : undefined, prices?.(candidate)];
  const isHeld = isWarm && candidate !== before.anchor_model && from !== undefined && to !== undefined && to.input > from.cached;
  const name = isHeld ? before.route_name : (route ?? undefined);
  return {
    anchor_model: isHeld ? before.anchor_model : candidate,
    ...(name === undefined ? {} : { route_name: name }),
    prefix_hash: prefixHash,
    last_used: Math.floor(seconds),
  };
}

/** What must stay the same for a session to be held: the system's messages, the tools and the tenant. @param first more of it */
export function prefixHash({ messages, fields }: Pick<ChatRequest, "messages" | "fields">, tenant = "", first = ""): string {
  const system = messages.filter(({ role }) => role === "system" || role === "developer").map(({ text }) => text);
  const text = JSON.stringify(["one salt for all replicas", tenant, system, fields["tools"] ?? [], first]);
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/** The session of a request that names none: its prefix and first user message. Source: Plano 0.4.28 to 0.4.36, read. */
export function derivedSession({ headersDistinct }: IncomingMessage, chat: ChatRequest, tenantHeader = ""): Session | undefined {
  const first = chat.messages.find(({ role }) => role === "user");
  const tenant = headersDistinct[tenantHeader]?.[0];
  if (first === undefined || headersDistinct["x-plano-cache"]?.[0]?.toLowerCase() === "off") return undefined;
  return { id: `implicit:${prefixHash(chat, tenant, first.text)}`, tenant };
}

/** How the imitated release of Plano treats sessions. */
export interface Release {
  readonly version: string;
  /** Life of an anchor in Redis, in seconds (Plano 0.4.28 and later); undefined: pins, which live `session_ttl_seconds`. */
  readonly anchorSeconds: number | undefined;
  /** Whether a lost connection to Redis is made again (Plano 0.4.32 and later). */
  readonly reconnects: boolean;
}

/**
 * The release to imitate.
 *
 * @param version `STANDIN_RELEASE`; undefined: the newest one that understands the configuration as it is meant
 * @param warmSeconds for how long an anchor holds
 * @throws StartupError for anything but 0.4.19 to 0.4.36, or when the release knows no routing budget and one is configured
 */
export function readRelease(version: string | undefined, hasBudget: boolean, warmSeconds: number): Release {
  const chosen = version ?? (hasBudget ? "0.4.36" : "0.4.27");
  const number = Number(/^0\.4\.(\d+)$/.exec(chosen)?.[1] ?? Number.NaN);
  if (!(number >= 19 && number <= 36)) {
    throw new StartupError(`STANDIN_RELEASE is "${chosen}"; use one of 0.4.19 to 0.4.36`);
  }
  const reconnects = number >= 32;
  if (number >= 28) return { version: chosen, anchorSeconds: number < 36 ? warmSeconds + 60 : warmSeconds, reconnects };
  if (hasBudget) throw new StartupError(`routing.routing_budget: Plano ${chosen} knows no routing budget`);
  return { version: chosen, anchorSeconds: undefined, reconnects };
}
