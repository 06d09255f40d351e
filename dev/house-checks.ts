import { CommandError, run } from "../lib/command";
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
  return {
    title,
    async look(signal) {
      const said: string[] = [];
      // Some programs colour their output in a pipe where `CI` is set.
      const { FORCE_COLOR: _, ...env } = process.env;
      const options = { cwd: projectFolder, env: { ...env, NO_COLOR: "1" }, signal, onLine: (line: string) => said.push(line) };
      try {
        await run(process.execPath, `node_modules/${command}`.split(" "), options);
      } catch (error) {
        // The error's own message has the last lines only, of one stream.
        if (error instanceof CommandError && said.length > 0) throw new Error(said.join("\n"));
        throw error;
      }
      return undefined;
    },
  };
}

/** Starts all checks at once, and prints them in their order. */
export async function keepHouse(
  checks: readonly HouseCheck[],
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<Counts> {
  const failed: (Told & { readonly text: string })[] = [];
  const skipped: Told[] = [];
  const looks = checks.map((check) => ({ ...check, ending: endingOf(check.look(signal)) }));
  print("\nhouse\n\n  the checkout");
  for (const { title: what, ending } of looks) {
    const { ms, reason, failure } = await ending;
    signal.throwIfAborted();
    const title = `the checkout ${what}`;
    if (failure !== undefined) failed.push({ title, reason: failure.split("\n")[0] ?? "", text: `${title}\n${failure}` });
    if (reason !== undefined) skipped.push({ title, reason });
    const sign = failure !== undefined ? `${failed.length})` : reason !== undefined ? "-" : "✔";
    print(`    ${sign} ${what} (${duration(ms)})`);
  }
  for (const [i, { text }] of failed.entries()) print(`\n  ${i + 1}) ${text.replaceAll("\n", "\n     ")}`);
  return {
    passed: checks.length - failed.length - skipped.length,
    failed: failed.map(({ title, reason }) => ({ title, reason })),
    skipped,
  };
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
  const said: string[] = [];
  const args = ["audit", "--audit-level=high", "--fetch-retries=1", "--fetch-timeout=20000"];
  const options = { cwd: folder, signal, onLine: (line: string) => said.push(line) };
  return run("npm", args, options).then(
    () => undefined,
    (error: unknown) => {
      // It exits with 1 for a finding as for a registry that does not answer (npm 7 and newer).
      if (said.some((line) => line.includes("audit endpoint returned an error")))
        return `the registry does not say which packages are vulnerable: ${said[0]}`;
      if (!said.some((line) => /^Severity: (high|critical)\b/.test(line))) throw error;
      if (strict) throw new Error(said.join("\n"));
      return "npm audit names packages with grave vulnerabilities; npm run test:house fails for them";
    },
  );
}
