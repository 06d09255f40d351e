import { join } from "node:path";
import { CommandError, run } from "../lib/command";
import { duration } from "../lib/progress";
import type { Counts } from "./counts";
import { projectFolder } from "../commands/main";
import { auditPackages } from "./npm-audit";

/** One thing that a checkout is looked over for, without running any of it. */
export interface HouseCheck {
  readonly title: string;
  /** @returns why it cannot be looked at here; undefined when all is well. @throws Error with what is not */
  readonly look: (signal: AbortSignal) => Promise<string | undefined>;
}

/** What they have found out goes with the packages when `npm ci` removes them. */
const cacheOf = (program: string): string => join("node_modules", ".cache", program, "checkout");

const cached = (program: string): string[] => ["--cache", "--cache-strategy=content", `--cache-location=${cacheOf(program)}`];

/**
 * The checks of the stage `house`. Each names its command as a person would type it.
 *
 * @param strict whether the stage was asked for by its name
 */
export const houseChecks = (strict: boolean): readonly HouseCheck[] => [
  ofProgram("is formatted: npm run format", "prettier/bin/prettier.cjs", [
    ...cached("prettier"),
    "--log-level=warn",
    "--check",
    ".",
  ]),
  ofProgram("has the right types: npm run typecheck", "typescript/bin/tsc", [
    "--noEmit",
    "--incremental",
    "--tsBuildInfoFile",
    cacheOf("tsc"),
  ]),
  // What the cache may keep although another file changed: see eslint.config.mjs.
  ofProgram("has nothing that the linter knows for a mistake: npm run lint", "eslint/bin/eslint.js", [
    ...cached("eslint"),
    "--max-warnings=0",
    ".",
  ]),
  ofProgram("has imports that go one way: npm run imports", "dependency-cruiser/bin/dependency-cruise.mjs", [
    ...["--config", "dev/imports.cjs", "--output-type", "err", "."],
  ]),
  ofProgram("has no file, export or package that nothing uses: npm run unused", "knip/bin/knip.js", []),
  {
    title: "has no package with a grave vulnerability: npm audit",
    look: (signal) => auditPackages(projectFolder, signal, strict),
  },
];

/** A check that is a package's program, which exits with 0 when all is well. */
export function ofProgram(title: string, program: string, args: readonly string[]): HouseCheck {
  return {
    title,
    async look(signal) {
      const said: string[] = [];
      const path = join("node_modules", program);
      try {
        await run(process.execPath, [path, ...args], {
          cwd: projectFolder,
          env: withoutColours(process.env),
          signal,
          onLine: (line) => said.push(line),
        });
      } catch (error) {
        // The message has the last lines only, and of one stream.
        if (error instanceof CommandError && said.length > 0) throw new Error(said.join("\n"));
        throw error;
      }
      return undefined;
    },
  };
}

/** Some programs colour what no terminal shows, where the machine is a continuous integration's (`CI`). */
const withoutColours = ({ FORCE_COLOR: _, ...env }: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({ ...env, NO_COLOR: "1" });

/** Makes all checks at once, and tells of each in their order. */
export async function keepHouse(
  checks: readonly HouseCheck[],
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<Counts> {
  const skipped: { readonly title: string; readonly reason: string }[] = [];
  const failures: string[] = [];
  const outcomes = checks.map((check) => ({ title: check.title, ending: endingOf(check, signal) }));
  print("\nhouse\n\n  the checkout");
  for (const { title, ending } of outcomes) {
    const { ms, reason, failure } = await ending;
    signal.throwIfAborted();
    if (failure !== undefined) failures.push(`${title}\n${failure}`);
    if (reason !== undefined) skipped.push({ title: `the checkout ${title}`, reason });
    const sign = failure !== undefined ? `${failures.length})` : reason !== undefined ? "-" : "✔";
    print(`    ${sign} ${title} (${duration(ms)})`);
  }
  for (const [i, failure] of failures.entries()) print(`\n  ${i + 1}) the checkout ${failure.replaceAll("\n", "\n     ")}`);
  const failed = failures.map((text) => {
    const [title = "", reason = ""] = text.split("\n");
    return { title: `the checkout ${title}`, reason };
  });
  return { passed: checks.length - failed.length - skipped.length, failed, skipped };
}

interface Ending {
  readonly ms: number;
  /** Why it was not looked at. */
  readonly reason?: string;
  readonly failure?: string;
}

async function endingOf({ look }: HouseCheck, signal: AbortSignal): Promise<Ending> {
  const since = performance.now();
  try {
    const reason = await look(signal);
    return { ms: performance.now() - since, ...(reason === undefined ? {} : { reason }) };
  } catch (error) {
    return { ms: performance.now() - since, failure: error instanceof Error ? error.message : String(error) };
  }
}
