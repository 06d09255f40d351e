import { homedir } from "node:os";
import { join } from "node:path";

/** Where built tools and images are kept between runs: safe to delete at any time. */
export function cacheDir(): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "plano-affinity");
}

/** What a person sets up for the sandboxes of this machine. */
export function configDir(): string {
  return join(process.env.XDG_CONFIG_HOME ?? join(homedir(), ".config"), "plano-affinity");
}

/** Where running sandboxes keep what they must not lose: one folder a cluster. */
export function stateDir(): string {
  return join(process.env.XDG_STATE_HOME ?? join(homedir(), ".local", "state"), "plano-affinity");
}
