import { createHash } from "node:crypto";
import type { ChatRequest } from "../chat";
import type { Rates } from "./prices";

/** Seconds without a request after which an anchor no longer holds: the window of every provider's cache. */
export const warmSeconds = 300;

/** What Plano 0.4.28 and later keep of a session, as it stands in Redis. */
export interface Anchor {
  readonly anchor_model: string;
  readonly default_model: string;
  readonly route_name?: string;
  /** Of the part of the prompt that comes before the conversation. */
  readonly prefix_hash?: string;
  /** Whole seconds since 1970. */
  readonly last_used: number;
  /** Tokens of the conversation, as estimated. */
  readonly cached_tokens: number;
  readonly baseline_usd: number;
  readonly switch_spend_usd: number;
  readonly switches: number;
  readonly session_cost_usd: number;
}

/** What decides a turn. */
export interface Turn {
  /** The routing model's choice. */
  readonly candidate: string;
  readonly route: string | null;
  readonly prefixHash: string;
  readonly tokens: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** `max_switch_spend_pct`; undefined: no budget, so that every turn follows the router. */
  readonly budgetPercent: number | undefined;
  readonly prices: (model: string) => Rates | undefined;
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
 * Decides a turn of a session and what is kept of it.
 *
 * Source: `session_router::route` of Plano 0.4.36, read; without its credit for models that the session came from, its
 * look at the answer's token counts, and its sessions for requests that name none.
 */
export function nextAnchor(before: Anchor | undefined, turn: Turn): Anchor {
  const { candidate, route, now } = turn;
  const common = { prefix_hash: turn.prefixHash, last_used: Math.floor(now / 1_000), cached_tokens: turn.tokens };
  const warm = before !== undefined && now / 1_000 - before.last_used <= warmSeconds;
  if (!warm || before.prefix_hash !== turn.prefixHash) {
    const fresh = { baseline_usd: 0, switch_spend_usd: 0, switches: 0, session_cost_usd: 0 };
    return { anchor_model: candidate, default_model: candidate, ...named(route), ...common, ...fresh };
  }
  const { anchor_model: anchor, default_model, session_cost_usd, switches, switch_spend_usd: spent } = before;
  const tokens = before.cached_tokens > 0 ? before.cached_tokens : turn.tokens;
  const baseline_usd = before.baseline_usd + (tokens * (turn.prices(default_model)?.cached ?? 0)) / 1e6;
  const kept = { default_model, session_cost_usd, baseline_usd, ...common };
  const cost = candidate === anchor ? 0 : Math.max(0, switchCost(anchor, tokens, turn));
  if (cost > 0 && spent + cost > ((turn.budgetPercent ?? 0) / 100) * baseline_usd) {
    return { anchor_model: anchor, ...named(before.route_name ?? null), ...kept, switches, switch_spend_usd: spent };
  }
  const changes = switches + (candidate === anchor ? 0 : 1);
  return { anchor_model: candidate, ...named(route), ...kept, switches: changes, switch_spend_usd: spent + cost };
}

/** In dollars; 0 or less is free. Models without a price are free, and so is every change where there is no budget. */
function switchCost(anchor: string, tokens: number, { candidate, budgetPercent, prices }: Turn): number {
  const [from, to] = [prices(anchor), prices(candidate)];
  if (budgetPercent === undefined || from === undefined || to === undefined) return 0;
  return (tokens * (to.input - from.cached)) / 1e6;
}

const named = (route: string | null): { readonly route_name?: string } => (route === null ? {} : { route_name: route });

/** What must stay the same for a session to be held: the system's messages, the tools and the tenant. */
export function prefixHash({ messages, fields }: Pick<ChatRequest, "messages" | "fields">, tenant: string | undefined): string {
  const system = messages.filter(({ role }) => role === "system" || role === "developer").map(({ text }) => text);
  const text = JSON.stringify([tenant ?? "", system, fields["tools"] ?? []]);
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
