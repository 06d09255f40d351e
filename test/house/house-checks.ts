import { run } from "../../lib/command";

/** Runs a command. @throws Error with all that it said, on both streams: a CommandError has the last lines only, of one */
export async function obey(command: string, args: readonly string[], cwd: string): Promise<undefined> {
  const said: string[] = [];
  // Some programs colour their output in a pipe where `CI` is set.
  const { FORCE_COLOR: _, ...env } = process.env;
  const options = { cwd, env: { ...env, NO_COLOR: "1" }, tied: true, onLine: (line: string) => said.push(line) };
  try {
    await run(command, args, options);
  } catch (error) {
    throw said.length > 0 ? new Error(said.join("\n")) : error;
  }
}

/**
 * Asks the registry for known vulnerabilities of the packages in package-lock.json. Only grave ones count: all packages
 * are development packages.
 *
 * @param strict whether a grave one is an error: what became known today must not fail a checkout of last month, unless
 *   this check was asked for
 * @returns why it did not pass; undefined when there is nothing grave
 * @throws Error with npm's words, when something is high or critical
 */
export async function auditPackages(folder: string, strict: boolean): Promise<string | undefined> {
  const args = ["audit", "--audit-level=high", "--fetch-retries=1", "--fetch-timeout=20000"];
  return obey("npm", args, folder).catch((error: unknown) => {
    const said = (error as Error).message;
    // It exits with 1 for a finding as for a registry that does not answer (npm 7 and newer).
    if (said.includes("audit endpoint returned an error"))
      return `the registry does not say which packages are vulnerable: ${said.split("\n")[0]}`;
    if (strict || !/^Severity: (high|critical)\b/m.test(said)) throw error;
    return "npm audit names packages with grave vulnerabilities; npm run test:house fails for them";
  });
}
