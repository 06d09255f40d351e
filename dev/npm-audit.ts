import { CommandError, run } from "../lib/command";

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

/** Lesser ones are for `npm audit` to tell: all packages are development packages. */
const grave = ["high", "critical"];

/**
 * Asks the registry for known vulnerabilities of the packages in package-lock.json.
 *
 * @param strict whether something grave is an error: what became known today must not fail a checkout of last month,
 *   unless this is what was asked for
 * @returns why it cannot be said to pass; undefined when there is nothing grave
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
    if (message === undefined) throw new Error("npm audit says neither what it found nor why it could not");
    return `the registry does not say which packages are vulnerable: ${message}`;
  }
  const found = Object.values(vulnerabilities).filter(({ severity }) => grave.includes(severity));
  if (found.length === 0) return undefined;
  const words = [...found.map(inWords), "npm audit tells what mends it"];
  if (strict) throw new Error(words.join("\n"));
  return `${words.join("; ")}; npm run test:house fails for it`;
}

function inWords({ name, severity, range, via }: Vulnerability): string {
  const why = via.map((it) => (typeof it === "string" ? `by ${it}` : `${it.title} (${it.url})`));
  return `${name} ${range}: ${severity}: ${why.join(", ")}`;
}
