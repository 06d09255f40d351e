import type { RedisTerms } from "../contracts";
import { isName } from "../history";

/** What a gateway stores for a session. */
export interface Pin {
  /** Configured name, e.g. `openai/gpt-5.2`. */
  readonly model: string;
  readonly route: string | null;
}

/** Pure: key of a session's pin. @param template of {@link RedisTerms} */
export function pinKey(template: string, session: string, tenant?: string): string {
  const own = tenant === undefined ? template.replace(/\{tenant\}[^{]|[^}]?\{tenant\}/g, "") : template;
  return own.replace(/\{(session|tenant)\}/g, (_, name) => (name === "session" ? session : (tenant ?? "")));
}

/** Pure: reads a value, of a hash its fields as JSON; undefined when it names no model. */
export function readPin(value: string, { format, modelField = "", routeField = "" }: RedisTerms): Pin | undefined {
  if (format === "text") return isName(value) ? { model: value, route: null } : undefined;
  try {
    const { [modelField]: model, [routeField]: route } = JSON.parse(value) as Record<string, unknown>;
    if (typeof model !== "string" || !isName(model)) return undefined;
    return { model, route: typeof route === "string" && isName(route) ? route : null };
  } catch {
    return undefined;
  }
}
