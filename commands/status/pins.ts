import Table from "cli-table3";
import type { Redis } from "ioredis";
import { contracts } from "../../verify/contracts";
import { withRedis } from "../../verify/redis/connect";
import { RedisInspector } from "../../verify/redis/inspector";
import { pinKey, readPin } from "../../verify/redis/pin";
import type { RedisWay } from "./redis";

/** Pins that are listed, keys that are counted, their size and the time for that, and an id's characters: a Redis may hold millions. */
const limits = { listed: 200, counted: 20_000, bytes: 64 * 2 ** 20, ms: 10_000, id: 2_000 } as const;

/** Longest text of a cell in characters; other programs get a session's id whole. */
const mostShown = 100;

const commandLimitMs = 5_000;

/** Pins of a Redis, each as the texts of {@link columns}. */
export interface PinList {
  readonly rows: readonly (readonly string[])[];
  /** Pins that were counted. */
  readonly count: number;
  /** Whether these are all. */
  readonly isComplete: boolean;
}

const [plano, anchored] = [contracts.plano.redis, contracts["plano-anchored"].redis];

const columns = ["session", "model", "route", "TTL"] as const;

/**
 * Reads the pins by name, changing none: keys by SCAN, values by GET, never more than {@link limits} say.
 *
 * @param url as the gateway reads pins; it may hold a password, which no message shows
 * @param lookUrl as somebody who may SCAN
 * @throws Unmeasurable when Redis cannot be reached or does not let us look
 */
export async function readPins(
  { url, lookUrl, ca }: Pick<RedisWay, "url" | "ca"> & { readonly lookUrl: string },
  signal: AbortSignal,
): Promise<PinList> {
  const { keys, isComplete } = await scan(lookUrl, ca, signal);
  await using inspector = await RedisInspector.connect(url, ca);
  const listed = keys.sort().slice(0, limits.listed);
  const looks = await inspector.look(listed);
  const rows = looks.flatMap(({ value, pttl }, i): string[][] => {
    // It ran out meanwhile.
    if (value === null || pttl === -2) return [];
    const pin = readPin(value, plano) ?? readPin(value, anchored);
    const session = (listed[i] ?? "").slice(pinKey(plano.key, "").length);
    const ttl = pttl < 0 ? "never ends" : `${Math.round(pttl / 1000)} s`;
    const rest = [pin?.model ?? `no pin: ${value}`, pin?.route ?? "–", ttl].map((it) => short(it, mostShown));
    return [[short(session, limits.id), ...rest].map(visible)];
  });
  return { rows, count: keys.length, isComplete };
}

async function scan(
  url: string,
  ca: RedisWay["ca"],
  signal: AbortSignal,
): Promise<Pick<PinList, "isComplete"> & { readonly keys: string[] }> {
  // SCAN may name a key twice.
  const keys = new Set<string>();
  const deadline = Date.now() + limits.ms;
  let [cursor, bytes] = ["0", 0];
  const look = async (redis: Redis): Promise<void> => {
    do {
      const [next, found] = await redis.scan(cursor, "MATCH", pinKey(plano.key, "*"), "COUNT", 1_000);
      for (const key of found) keys.add(key);
      bytes += found.join("").length;
      cursor = next;
    } while (cursor !== "0" && keys.size < limits.counted && bytes < limits.bytes && Date.now() < deadline && !signal.aborted);
  };
  await withRedis(url, commandLimitMs, look, ca);
  signal.throwIfAborted();
  return { keys: [...keys], isComplete: cursor === "0" };
}

/** Bytes from outside as one line: what would move the cursor, hide, or turn the writing is shown by its number. */
function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (it) => `\\u{${it.codePointAt(0)?.toString(16)}}`);
}

function short(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

/** Pure. @param tables for people; without them tab-separated lines with a head, for other programs */
export function renderPins({ rows }: PinList, tables: boolean): string {
  if (!tables) return [columns, ...rows].map((row) => row.join("\t")).join("\n");
  const table = new Table({ head: [...columns], style: { head: [], border: [], compact: true } });
  table.push(...rows.map((row) => row.map((it) => short(it, mostShown))));
  return table.toString();
}

/** Pure: how many there are. @param tenantHeader the stack's setting, as Pulumi keeps it */
export function pinsNote({ rows, count, isComplete }: PinList, tenantHeader = "none"): string {
  const all = `${isComplete ? "" : "more than "}${count.toLocaleString("en-US")} pins`;
  const shown = rows.length < count ? `${rows.length} of ${all}, by name` : all;
  return tenantHeader === "none" ? shown : `${shown}; with a tenant, TENANT:SESSION`;
}
