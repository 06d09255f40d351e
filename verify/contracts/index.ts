import { Unmeasurable } from "../common/errors";
import all from "./built-in.json";

/** Spans of a trace, by the service that sent them, and by their name where it sends several kinds. */
export interface SpanKind {
  readonly service: string;
  readonly name?: string;
}

/** Where pins are in Redis, and how they live. */
export interface RedisTerms {
  /** With `{session}` and `{tenant}`; without a tenant, that goes with the character that parts it from the rest. */
  readonly key: string;
  /** `text`: the value is the model's name. */
  readonly format: "json" | "text" | "hash";
  /** Fields that name the model and the route; a text has none. */
  readonly modelField?: string;
  readonly routeField?: string;
  /** Life of a pin, where the command line names none, in seconds. */
  readonly ttlSeconds?: number;
  /** Every request begins the pin's life anew. Default false: only the one that makes it. */
  readonly sliding?: boolean;
  /** For how long a pin holds, where the gateway itself counts whole seconds. Default: as long as its key is there. */
  readonly holdSeconds?: number;
  /** A session that is asked while Redis is away may have another model for good. Default false. */
  readonly movesInOutage?: boolean;
}

/** What traces tell. */
export interface TraceTerms {
  /** A span of this kind is in the trace of each request. */
  readonly request: SpanKind;
  /** One of this kind is where the request was routed. */
  readonly routing: SpanKind;
  /** Which requests of a session are routed. Default `first`. */
  readonly routed?: "first" | "every";
  /** Attribute of the request's span that names the replica. Default: none does. */
  readonly replicaAttribute?: string;
}

/** What a gateway promises, and where it shows. `schema.json` beside this file describes it, but for `name`. */
export interface Contract {
  /** Of one that is built in, or the path of its file. */
  readonly name: string;
  readonly sessionHeader: string;
  /** What is routed: a prompt, or a session to a target of its own whatever its prompts. Default `prompt`. */
  readonly routing?: "prompt" | "session";
  /** The `model` of requests, where the command line names none. */
  readonly requestModel?: string;
  /** Path that is asked. Default: that of the API. */
  readonly endpoint?: string;
  /** Where the answer names the model: a field of its body, or a header. Default: as the API has it. */
  readonly servedModel?: { readonly body: string } | { readonly header: string };
  /** Headers of requests without a session. */
  readonly unpinnedHeaders?: Readonly<Record<string, string>>;
  readonly redis?: RedisTerms;
  readonly traces?: TraceTerms;
  /** A header of answers whose value says that a pin was used. */
  readonly pinnedHeader?: { readonly name: string; readonly value: string };
  /** A header of answers that names the replica. */
  readonly replicaHeader?: string;
}

/** A contract that says how pins are kept. */
type WithPins = Contract & { readonly redis: RedisTerms };

/**
 * The contracts that are built in.
 * - `plano`: a session is routed once. Source: Plano 0.4.19 to 0.4.27.
 * - `plano-anchored`: every request is routed, and a routing budget holds the session on its model. With one, Plano derives
 *   a session from the prompt where none is named, unless `x-plano-cache` is off. Without Redis a turn is routed as a new
 *   session's, and from 0.4.32 on it overwrites the pin once Redis is back. Source: Plano 0.4.28 to 0.4.36.
 * - `litellm`: a complexity router named `smart-router`, with `session_affinity`. Source: LiteLLM 1.108.7, run.
 * - `header-only`: nothing but the session's header is known.
 */
export const contracts = all as Readonly<Record<"plano" | "plano-anchored" | "litellm", WithPins>> &
  Readonly<Record<"header-only", Contract>>;

export const contractNames = Object.keys(contracts).join(", ");

/** The contract of that name; undefined where none is built in. */
export function builtIn(name: string): Contract | undefined {
  return Object.hasOwn(contracts, name) ? contracts[name as keyof typeof contracts] : undefined;
}

/** The short forms of Plano's two contracts: `plano` and `plano-anchored`. */
export type PinKind = "fixed" | "anchored";

/** The contract that options ask for. */
export function contractOf({ contract, pin }: { readonly contract?: Contract; readonly pin?: PinKind }): Contract {
  return contract ?? contracts[pin === "anchored" ? "plano-anchored" : "plano"];
}

/** Pure: the headers that requests have by the contract, each with its place in it. */
export function requestHeaders({
  sessionHeader,
  unpinnedHeaders = {},
}: Contract): readonly (readonly [place: string, name: string])[] {
  return [["sessionHeader", sessionHeader], ...Object.keys(unpinnedHeaders).map((it) => [`unpinnedHeaders.${it}`, it] as const)];
}

/**
 * What it says of pins in Redis, or of traces.
 * @throws Unmeasurable where it says nothing
 */
export function termsOf<Of extends "redis" | "traces">(contract: Contract, of: Of): NonNullable<Contract[Of]> {
  const terms: Contract[Of] = contract[of];
  if (terms === undefined) throw new Unmeasurable(`the contract ${contract.name} says nothing of ${of}`);
  return terms;
}

/** @throws Unmeasurable where no prompt asks for another model, so that a session routed anew cannot be told from one that was not */
export function needPrompts({ name, routing }: Contract): void {
  if (routing === "session") throw new Unmeasurable(`the contract ${name} routes by session: no prompt asks for another model`);
}

/** How people ask for it: `--pin anchored`, `--contract litellm`. */
export function optionFor({ name }: Contract): string {
  return name === "plano" ? "--pin fixed" : name === "plano-anchored" ? "--pin anchored" : `--contract ${name}`;
}

/** Of Plano's two contracts the other one, whose pins have the same keys, and the releases that keep it. */
export function otherPlano({ name }: Contract) {
  if (name === "plano") return { ...contracts["plano-anchored"], releases: "Plano 0.4.28 or later" };
  return name === "plano-anchored" ? { ...contracts.plano, releases: "Plano 0.4.19 to 0.4.27" } : undefined;
}
