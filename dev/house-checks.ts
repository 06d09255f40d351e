import { join } from "node:path";
import { CommandError, run } from "../lib/command";
import { duration } from "../lib/progress";
import type { Counts } from "./counts";
import { projectFolder } from "../commands/main";

/** A check of the checkout that runs none of its code. */
export interface HouseCheck {
  readonly title: string;
  /** @returns why it cannot be checked here; undefined when all is well. @throws Error with what is wrong */
  readonly look: (signal: AbortSignal) => Promise<string | undefined>;
}

/** Caches go with the packages when `npm ci` removes them. */
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
  // eslint.config.mjs says what the cache may keep although another file changed.
  ofProgram("passes the linter: npm run lint", "eslint/bin/eslint.js", [...cached("eslint"), "--max-warnings=0", "."]),
  ofProgram("imports one way: npm run imports", "dependency-cruiser/bin/dependency-cruise.mjs", [
    ...["--config", "dev/imports.cjs", "--output-type", "err", "."],
  ]),
  ofProgram("uses every file, export and package: npm run unused", "knip/bin/knip.js", []),
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
      // Some programs colour their output in a pipe where `CI` is set.
      const { FORCE_COLOR: _, ...env } = process.env;
      const options = { cwd: projectFolder, env: { ...env, NO_COLOR: "1" }, signal, onLine: (line: string) => said.push(line) };
      try {
        await run(process.execPath, [join("node_modules", program), ...args], options);
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
  const skipped: { readonly title: string; readonly reason: string }[] = [];
  const failures: string[] = [];
  const outcomes = checks.map(({ title, look }) => ({ title, ending: endingOf(look, signal) }));
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

/** How a check ended: passed, skipped for a reason, or failed. */
async function endingOf(look: HouseCheck["look"], signal: AbortSignal) {
  const since = performance.now();
  const [reason, failure] = await look(signal).then(
    (why) => [why, undefined] as const,
    (error: unknown) => [undefined, error instanceof Error ? error.message : String(error)] as const,
  );
  return { ms: performance.now() - since, reason, failure };
}

/** What `npm audit --json` of npm 7 and newer prints, as far as it is read here. */
export interface AuditAnswer {
  readonly vulnerabilities?: Readonly<Record<string, Vulnerability>>;
  /** Why the registry did not answer. */
  readonly message?: string;
}

interface Vulnerability {
  readonly name: string;
  readonly severity: string;
  /** Versions that have it. */
  readonly range: string;
  /** Advisories, or names of packages that it comes from. */
  readonly via: readonly (string | { readonly title: string; readonly url: string })[];
}

/**
 * Asks the registry for known vulnerabilities of the packages in package-lock.json. Only grave ones count: all packages
 * are development packages.
 *
 * @param strict whether a grave one is an error: what became known today must not fail a checkout of last month, unless
 *   this check was asked for
 * @returns why it did not pass; undefined when there is nothing grave
 * @throws Error with all that is high or critical
 */
export async function auditPackages(folder: string, signal: AbortSignal, strict = true): Promise<string | undefined> {
  const args = ["audit", "--json", "--loglevel=silent", "--fetch-retries=1", "--fetch-timeout=20000"];
  const output = await run("npm", args, { cwd: folder, signal }).catch((error: unknown) => {
    // It exits with 1 for a finding as for a registry that does not answer; its JSON tells which.
    if (error instanceof CommandError && error.output.startsWith("{")) return error.output;
    throw error;
  });
  return judgeAudit(JSON.parse(output) as AuditAnswer, strict);
}

/** Pure: what {@link auditPackages} returns and throws. */
export function judgeAudit({ vulnerabilities, message }: AuditAnswer, strict = true): string | undefined {
  if (vulnerabilities === undefined) {
    if (message === undefined) throw new Error("npm audit printed neither findings nor an error");
    return `the registry does not say which packages are vulnerable: ${message}`;
  }
  const found = Object.values(vulnerabilities).filter(({ severity }) => severity === "high" || severity === "critical");
  if (found.length === 0) return undefined;
  const words = found.map(({ name, severity, range, via }) => {
    const why = via.map((it) => (typeof it === "string" ? `by ${it}` : `${it.title} (${it.url})`));
    return `${name} ${range}: ${severity}: ${why.join(", ")}`;
  });
  const lines = [...words, "npm audit says how to fix it"];
  if (strict) throw new Error(lines.join("\n"));
  return `${lines.join("; ")}; npm run test:house fails for it`;
}
