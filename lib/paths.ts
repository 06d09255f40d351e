import { homedir, userInfo } from "node:os";
import { basename, isAbsolute, join } from "node:path";

// Programs that root runs are kept below these folders: nobody else may change them, whatever the umask was.
process.umask(process.umask(0o022) | 0o022);

/** A variable's value; an empty one counts as not set, as it does for Pulumi and kubectl. */
export const unlessEmpty = (value: string | undefined): string | undefined => (value === "" ? undefined : value);

/** Where built tools and images are kept between runs: safe to delete at any time. */
export const cacheDir = (): string => baseFolder("XDG_CACHE_HOME", ".cache");

/** What a person sets up for the sandboxes of this machine. */
export const configDir = (): string => baseFolder("XDG_CONFIG_HOME", ".config");

/** Where running sandboxes keep what they must not lose: one folder a cluster. */
export const stateDir = (): string => baseFolder("XDG_STATE_HOME", join(".local", "state"));

/** A variable that is not an absolute path is ignored. Source: XDG Base Directory Specification 0.8. */
function baseFolder(variable: string, otherwise: string): string {
  const value = process.env[variable] ?? "";
  const home = isAbsolute(homedir()) ? homedir() : userInfo().homedir;
  return join(isAbsolute(value) ? value : join(home, otherwise), "plano-affinity");
}

/**
 * Where `up` keeps the page of a stack's last proof, in the checkout in `project`. Other stacks' pages are in other folders.
 *
 * @param stack its name, with the organisation and the project or without
 */
export function reportPage(project: string, stack: string): string {
  return join(project, "reports", basename(stack), "proof.html");
}
