import type { Parser } from "../parsers";

/** How a pin is kept: routed once and then fixed, or routed each time and held by a routing budget of 0. */
export type PinKind = "fixed" | "anchored";

/** What is known of consecutive Plano releases that behave alike where pins are concerned. */
export interface PlanoReleases {
  /** First and last release of the row, both included. */
  readonly first: string;
  readonly last: string;
  /** How a session keeps its model across replicas; undefined: it does not, and `why` says why not. */
  readonly keeps: PinKind | undefined;
  /** Why a session does not keep its model; completes "Plano 0.4.28 …". */
  readonly why?: string;
  /** What the header `x-model-affinity` does by itself. */
  readonly header: "nothing" | "pins in each replica's memory" | "pins in Redis" | "names the session";
  /** Field of the pin's value, under `plano:affinity:…` in Redis, that names the model. */
  readonly valueField?: "model_name" | "anchor_model";
  /** Life of the key in Redis, in seconds. */
  readonly ttlSeconds?: number | "session_ttl_seconds";
  /**
   * Whether it connects to Redis again after it lost it. While it has none, each turn is routed as a new session's. A release
   * that reconnects then overwrites the pin of a session that was used meanwhile; one that does not is restarted, and finds it.
   */
  readonly reconnects: boolean;
  /** Field of `routing.routing_budget` that caps what may be spent on changing models. */
  readonly budgetField?: "max_overhead_pct" | "max_switch_spend_pct";
  /** Which of them ran through this project, and the proof's verdict. Default: none did. */
  readonly run?: string;
}

const anchored = { keeps: "anchored", header: "names the session", valueField: "anchor_model" } as const;

/**
 * Plano's releases from 0.4.0, oldest first, without gaps but for {@link neverTagged}.
 *
 * Source: Plano's sources at the releases' tags (`crates/brightstaff`: session_cache, router, handlers), read.
 * Configurations were judged by the releases' own validator (PyPI `planoai`), run.
 */
export const planoReleases: readonly PlanoReleases[] = [
  {
    first: "0.4.0",
    last: "0.4.17",
    keeps: undefined,
    why: "knows no sessions; 0.4.19 is the first release that shares pins between replicas",
    header: "nothing",
    reconnects: false,
  },
  {
    first: "0.4.18",
    last: "0.4.18",
    keeps: undefined,
    why: "shares no pins between replicas; 0.4.19 is the first release that does",
    header: "pins in each replica's memory",
    reconnects: false,
  },
  {
    first: "0.4.19",
    last: "0.4.27",
    keeps: "fixed",
    header: "pins in Redis",
    valueField: "model_name",
    ttlSeconds: "session_ttl_seconds",
    reconnects: false,
    run: "0.4.27: pass",
  },
  {
    first: "0.4.28",
    last: "0.4.28",
    keeps: undefined,
    why:
      "cannot keep the promise: from 0.4.28 the router runs on every turn and a session may change its model, " +
      "and this release's routing budget lets in every model that costs no more; from 0.4.29 on a budget holds it",
    header: "names the session",
    valueField: "anchor_model",
    ttlSeconds: 360,
    reconnects: false,
    budgetField: "max_overhead_pct",
  },
  { ...anchored, first: "0.4.29", last: "0.4.30", ttlSeconds: 360, reconnects: false, budgetField: "max_overhead_pct" },
  { ...anchored, first: "0.4.31", last: "0.4.31", ttlSeconds: 360, reconnects: false, budgetField: "max_switch_spend_pct" },
  {
    ...{ ...anchored, first: "0.4.32", last: "0.4.35", ttlSeconds: 360, reconnects: true, budgetField: "max_switch_spend_pct" },
    run: "0.4.32: pass",
  },
  {
    ...{ ...anchored, first: "0.4.36", last: "0.4.36", ttlSeconds: 300, reconnects: true, budgetField: "max_switch_spend_pct" },
    run: "0.4.36: pass",
  },
];

/** Versions that were prepared but never tagged: there is no release and no image. */
export const neverTagged: readonly string[] = ["0.4.5", "0.4.21"];

/** The newest release whose sources were read. */
export const newestKnown = planoReleases.at(-1)?.last ?? "";

/** Every release of a row. */
export function versionsOf({ first, last }: Pick<PlanoReleases, "first" | "last">): string[] {
  const [from = 0, to = 0] = [first, last].map((version) => Number(version.split(".")[2]));
  return Array.from({ length: to - from + 1 }, (_, i) => `0.4.${from + i}`).filter((version) => !neverTagged.includes(version));
}

/** Whether it is newer than all that were examined. */
export function isUnexamined(version: string): boolean {
  return version.localeCompare(newestKnown, "en", { numeric: true }) > 0;
}

/** What people are told of a release that is; undefined for others. */
export function unexaminedNote(version: string): string | undefined {
  if (!isUnexamined(version)) return undefined;
  return `Plano ${version} was not examined: it is configured as ${newestKnown} is, and the proof decides.`;
}

/** The row of a release, for a newer one the last; undefined for a version that is older than the table, or was never tagged. */
export function releaseOf(version: string): PlanoReleases | undefined {
  const known = isUnexamined(version) ? newestKnown : version;
  return planoReleases.find((row) => versionsOf(row).includes(known));
}

/**
 * The row of a release on which a session keeps its model.
 *
 * @throws Error for any other version: settings refuse those before
 */
export function keepingRelease(version: string): PlanoReleases & { readonly keeps: PinKind } {
  const row = releaseOf(version);
  if (row?.keeps === undefined) throw new Error(`Plano ${version} does not keep a session on its model`);
  return { ...row, keeps: row.keeps };
}

/** How pins look and how long they live, for the proof. */
export interface PinTerms {
  readonly kind: PinKind;
  /** Life of a pin's key in Redis, in seconds. */
  readonly ttlSeconds: number;
}

/**
 * Pins of a release.
 *
 * @param sessionTtlSeconds what is configured; releases from 0.4.28 on take no notice
 * @throws Error for a release on which sessions do not keep their model
 */
export function pinTerms(planoVersion: string, sessionTtlSeconds: number): PinTerms {
  const { keeps, ttlSeconds } = keepingRelease(planoVersion);
  return { kind: keeps, ttlSeconds: typeof ttlSeconds === "number" ? ttlSeconds : sessionTtlSeconds };
}

/** What an anchored session depends on, for people; undefined where the header alone is enough. */
export function pinLimits(kind: PinKind): string | undefined {
  if (kind === "fixed") return undefined;
  return (
    "This release of Plano routes every request, and a routing budget of 0 holds the session on its model: " +
    "as long as its system prompt and tools stay the same, no 300 s pass without a request, each replica has the stub's price list, " +
    "and Redis answers: a session that is used while Redis is away may change its model for good."
  );
}

/** A release on which a session keeps its model, by itself or with the configuration that is rendered for it, or a newer one. */
export const planoVersion: Parser<string> = (text) => {
  if (!/^\d+\.\d+\.\d+$/.test(text)) return { reason: `"${text}" is not a version such as 0.4.27` };
  if (neverTagged.includes(text)) return { reason: `Plano ${text} was never released: it has no tag, and so no image` };
  const row = releaseOf(text);
  if (row?.keeps !== undefined) return { value: text };
  return { reason: `Plano ${text} ${(row ?? planoReleases[0])?.why}` };
};
