import { isName } from "../history";

/**
 * How a gateway keeps a session on its model. `fixed`: the session is routed once, and its pin lives from then on
 * (Plano 0.4.19 to 0.4.27). `anchored`: every request is routed, a routing budget holds the session on its model, and
 * every request begins the pin's life anew (Plano 0.4.28 and later).
 */
export type PinKind = "fixed" | "anchored";

/** The kinds, with the field of the value that names the model and the releases that write it. */
export const pinKinds = {
  fixed: { field: "model_name", releases: "Plano 0.4.19 to 0.4.27" },
  anchored: { field: "anchor_model", releases: "Plano 0.4.28 or later" },
} as const satisfies Record<PinKind, { readonly field: string; readonly releases: string }>;

/** What a gateway stores for a session. Source: Plano 0.4.27, and the sources of 0.4.36. */
export interface Pin {
  readonly kind: PinKind;
  /** Configured name, e.g. `openai/gpt-5.2`. */
  readonly model: string;
  readonly route: string | null;
}

/** Key of a session's pin. Source: Plano 0.4.19 to 0.4.36. */
export function pinKey(session: string, tenant?: string): string {
  return tenant === undefined ? `plano:affinity:${session}` : `plano:affinity:${tenant}:${session}`;
}

/** Reads `{"model_name":…,"route_name":…}` or `{"anchor_model":…,…}`; undefined when the value is anything else. */
export function readPin(value: string): Pin | undefined {
  try {
    const { model_name: fixed, anchor_model: anchor, route_name: route } = JSON.parse(value) as Record<string, unknown>;
    const [kind, model] = fixed === undefined ? (["anchored", anchor] as const) : (["fixed", fixed] as const);
    if (typeof model !== "string" || !isName(model)) return undefined;
    return { kind, model, route: typeof route === "string" && isName(route) ? route : null };
  } catch {
    return undefined;
  }
}
