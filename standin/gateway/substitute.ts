import type { Env } from "../env";

const VARIABLE = /\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))/g;

/** A configuration with its variables filled in. */
export interface Substituted {
  readonly value: unknown;
  /** Names of the variables that were not set, each once. */
  readonly unset: readonly string[];
}

/**
 * Fills `$VAR` and `${VAR}` in every string of a parsed configuration; a variable that is not set becomes empty,
 * as with Plano. Working on parsed values lets a password hold characters that YAML gives a meaning.
 */
export function substitute(value: unknown, env: Env): Substituted {
  const unset = new Set<string>();
  const fill = (node: unknown): unknown => {
    if (typeof node === "string") {
      return node.replace(VARIABLE, (_match, braced?: string, bare?: string) => {
        const name = braced ?? bare ?? "";
        const found = env[name];
        if (found === undefined) unset.add(name);
        return found ?? "";
      });
    }
    if (Array.isArray(node)) return node.map(fill);
    if (typeof node === "object" && node !== null) {
      return Object.fromEntries(Object.entries(node).map(([key, child]) => [key, fill(child)]));
    }
    return node;
  };
  return { value: fill(value), unset: [...unset] };
}
