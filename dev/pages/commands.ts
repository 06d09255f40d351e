import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { PassThrough } from "node:stream";
import { parseArguments, type CliRequest } from "../../verify/cli/arguments";

/** The words behind `plano-affinity verify` or `npm run verify --` in a line of the shell; undefined for other lines. */
export function verifierArguments(line: string): string[] | undefined {
  const [, rest] = /(?:plano-affinity verify|npm run (?:--silent )?verify(?: --|$))(.*)$/.exec(line) ?? [];
  const [own] = rest?.split(/ [|>&]/) ?? [];
  return own?.split(/\s+/).flatMap((word) => (word === "" ? [] : [word.replace(/^(["'])(.*)\1$/, "$2")]));
}

/**
 * Reads arguments as the command line does, without a terminal. Reports go to a folder that exists, for theirs may not.
 * @throws UsageError
 */
export function accept(words: readonly string[]): CliRequest {
  const elsewhere = words.map((word, i) => {
    if (words[i - 1] !== "--report") return word;
    const [format = "", path = ""] = word.split("=");
    return `${format}=${join(tmpdir(), basename(path))}`;
  });
  return parseArguments(elsewhere, { input: new PassThrough(), output: new PassThrough() });
}
