import { StartupError } from "./program";

/** Undefined where the variable is empty or not set. */
export function text(env: NodeJS.ProcessEnv, name: string): string | undefined {
  return env[name] === "" ? undefined : env[name];
}

/** A whole number up to `max`, that of a port by default; undefined where the variable is not set. @throws StartupError */
export function integer(env: NodeJS.ProcessEnv, name: string, max = 65_535): number | undefined {
  const value = env[name];
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value) && Number(value) <= max) return Number(value);
  throw new StartupError(`${name} is "${value}"; use a whole number from 0 to ${max}`);
}
