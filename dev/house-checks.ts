import { run } from "../lib/command";
import { duration } from "../lib/progress";
import type { Counts, Told } from "./counts";
import { projectFolder } from "../commands/main";

/** A check of the checkout that runs none of its code. */
export interface HouseCheck {
  readonly title: string;
  /** @returns why it cannot be checked here; undefined when all is well. @throws Error with what is wrong */
  readonly look: (signal: AbortSignal) => Promise<string | undefined>;
}

/** Caches go with the packages when `npm ci` removes them. */
const cacheOf = (program: string): string => `node_modules/.cache/${program}/checkout`;

const cached = (program: string): string => `--cache --cache-strategy=content --cache-location=${cacheOf(program)}`;

/**
 * The checks of the stage `house`. Each names its command as a person would type it.
 *
 * @param strict whether the stage was asked for by its name
 */
export const houseChecks = (strict: boolean): readonly HouseCheck[] => [
  ofProgram("is formatted: npm run format", `prettier/bin/prettier.cjs ${cached("prettier")} --log-level=warn --check .`),
  ofProgram(
    "has the right types: npm run typecheck",
    `typescript/bin/tsc --noEmit --incremental --tsBuildInfoFile ${cacheOf("tsc")}`,
  ),
  // eslint.config.mjs says what the cache may keep although another file changed.
  ofProgram("passes the linter: npm run lint", `eslint/bin/eslint.js ${cached("eslint")} --max-warnings=0 .`),
  ofProgram(
    "imports one way: npm run imports",
    "dependency-cruiser/bin/dependency-cruise.mjs --config dev/imports.cjs --output-type err .",
  ),
  ofProgram("uses every file, export and package: npm run unused", "knip/bin/knip.js"),
  {
    title: "has no package with a grave vulnerability: npm audit",
    look: (signal) => auditPackages(projectFolder, signal, strict),
  },
];

/**
 * A check that is a package's program, which exits with 0 when all is well.
 * @param command path in node_modules, and arguments
 */
export function ofProgram(title: string, command: string): HouseCheck {
  const look = (signal: AbortSignal) => obey(process.execPath, `node_modules/${command}`.split(" "), projectFolder, signal);
  return { title, look };
}

/** Runs a command. @throws Error with all that it said, on both streams: a CommandError has the last lines only, of one */
async function obey(command: string, args: readonly string[], cwd: string, signal: AbortSignal): Promise<undefined> {
  const said: string[] = [];
  // Some programs colour their output in a pipe where `CI` is set.
  const { FORCE_COLOR: _, ...env } = process.env;
  const options = { cwd, env: { ...env, NO_COLOR: "1" }, signal, onLine: (line: string) => said.push(line) };
  try {
    await run(command, args, options);
  } catch (error) {
    throw said.length > 0 ? new Error(said.join("\n")) : error;
  }
}

/** Starts all checks at once, and prints them in their order. */
export async function keepHouse(
  checks: readonly HouseCheck[],
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<Counts> {
  const failed: Told[] = [];
  const skipped: Told[] = [];
  const looks = checks.map((check) => ({ ...check, ending: endingOf(check.look(signal)) }));
  print("\nhouse\n\n  the checkout");
  for (const { title: what, ending } of looks) {
    const { ms, reason, failure } = await ending;
    signal.throwIfAborted();
    const title = `the checkout ${what}`;
    if (failure !== undefined) failed.push({ title, reason: failure.split("\n")[0] ?? "" });
    if (reason !== undefined) skipped.push({ title, reason });
    const sign = failure !== undefined ? `${failed.length})` : reason !== undefined ? "-" : "✔";
    print(`    ${sign} ${what} (${duration(ms)})`);
    if (failure !== undefined) print(`       ${failure.replaceAll("\n", "\n       ")}`);
  }
  return { passed: checks.length - failed.length - skipped.length, failed, skipped };
}

/** How a look ended: passed, skipped for a reason, or failed. */
async function endingOf(look: ReturnType<HouseCheck["look"]>) {
  const since = performance.now();
  const [reason, failure] = await look.then(
    (why) => [why, undefined] as const,
    (error: unknown) => [undefined, error instanceof Error ? error.message : String(error)] as const,
  );
  return { ms: performance.now() - since, reason, failure };
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
export async function auditPackages(folder: string, signal: AbortSignal, strict: boolean): Promise<string | undefined> {
  const args = ["audit", "--audit-level=high", "--fetch-retries=1", "--fetch-timeout=20000"];
  return obey("npm", args, folder, signal).catch((error: unknown) => {
    const said = (error as Error).message;
    // It exits with 1 for a finding as for a registry that does not answer (npm 7 and newer).
    if (said.includes("audit endpoint returned an error"))
      return `the registry does not say which packages are vulnerable: ${said.split("\n")[0]}`;
    if (strict || !/^Severity: (high|critical)\b/m.test(said)) throw error;
    return "npm audit names packages with grave vulnerabilities; npm run test:house fails for them";
  });
}
