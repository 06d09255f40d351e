import { isName } from "../common/name";

/** What a gateway stores for a session. Source: Plano 0.4.27. */
export interface Pin {
  /** Configured name, e.g. `openai/gpt-5.2`. */
  readonly model: string;
  readonly route: string | null;
}

/** Key of a session's pin. Source: Plano 0.4.19 to 0.4.27. */
export function pinKey(session: string, tenant?: string): string {
  return tenant === undefined ? `plano:affinity:${session}` : `plano:affinity:${tenant}:${session}`;
}

/** Reads `{"model_name":…,"route_name":…}`; undefined when the value is anything else. */
export function readPin(value: string): Pin | undefined {
  try {
    const { model_name: model, route_name: route } = JSON.parse(value) as Record<string, unknown>;
    if (typeof model !== "string" || !isName(model)) return undefined;
    return { model, route: typeof route === "string" && isName(route) ? route : null };
  } catch {
    return undefined;
  }
}

/**
 * Whether an upstream that was asked for `configured` answers as `answered`: the same name without the provider, or
 * that name with a version behind it (`openai/gpt-5.2` answers as `gpt-5.2-2025-12-11`).
 */
export function answersAs(configured: string, answered: string): boolean {
  const wanted = [configured, configured.slice(configured.indexOf("/") + 1)];
  const got = [answered, answered.slice(answered.indexOf("/") + 1)];
  return wanted.some((name) =>
    got.some((other) => other === name || (other.startsWith(`${name}-`) && /^\d[\d.-]*$/.test(other.slice(name.length + 1)))),
  );
}
