import type { Env } from "../env";

const VARIABLE = /\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))/g;

/**
 * Fills `$VAR` and `${VAR}` in every string of a parsed configuration; a variable that is not set becomes empty, as in
 * Plano. Working on parsed values lets a password hold characters that have a meaning in YAML.
 *
 * @param unset collects the names of variables that are not set
 */
export function substitute(value: unknown, env: Env, unset: Set<string>): unknown {
  if (typeof value === "string") {
    return value.replace(VARIABLE, (_match, braced?: string, bare?: string) => {
      const name = braced ?? bare ?? "";
      if (env[name] === undefined) unset.add(name);
      return env[name] ?? "";
    });
  }
  if (Array.isArray(value)) return value.map((each) => substitute(each, env, unset));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, substitute(child, env, unset)]));
}
