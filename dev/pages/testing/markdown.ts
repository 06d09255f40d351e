import { existsSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, normalize, resolve } from "node:path";
import { PassThrough } from "node:stream";
import { type CliRequest, parseArguments } from "../../../verify/cli/arguments";

/** The checkout. */
export const project = resolve(__dirname, "..", "..", "..");

/** A block of code. */
export interface Fence {
  readonly language: string;
  /** The `##` that it stands under; empty before the first. */
  readonly section: string;
  readonly lines: readonly string[];
}

/** A page, taken apart as far as the tests look at it. */
export interface Page {
  /** Path from the checkout. */
  readonly path: string;
  /** Without blocks of code and comments. */
  readonly prose: readonly string[];
  readonly fences: readonly Fence[];
}

/** @throws Error when a block of code is not closed */
export function readPage(path: string): Page {
  const prose: string[] = [];
  const fences: Fence[] = [];
  let open: (Fence & { readonly lines: string[] }) | undefined;
  let section = "";
  const text = readFileSync(join(project, path), "utf8").replace(/<!--[\s\S]*?-->/g, "");
  for (const line of text.split("\n")) {
    const [, language] = /^\s*```(?!`)(\w*)/.exec(line) ?? [];
    if (open !== undefined && language !== undefined) {
      fences.push(open);
      open = undefined;
    } else if (open !== undefined) open.lines.push(line);
    else if (language !== undefined) open = { language, section, lines: [] };
    else {
      prose.push(line);
      section = /^## (.+)$/.exec(line)?.[1] ?? section;
    }
  }
  if (open !== undefined) throw new Error(`${path}: a block of code is not closed`);
  return { path, prose, fences };
}

/** What stands between backticks. */
export function inlineCode(line: string): string[] {
  return [...line.matchAll(/(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)/g)].map(([, , code = ""]) => code.trim());
}

/** Links to files of the checkout and their headings that lead nowhere. */
export function brokenLinks({ path, prose }: Page): string[] {
  return prose
    .flatMap((line) => [...line.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target))
    .filter((target) => {
      if (/^[a-z]+:/.test(target)) return false;
      const [file = "", anchor] = target.split("#");
      const to = file === "" ? path : normalize(join(dirname(path), file));
      return !existsSync(join(project, to)) || (anchor !== undefined && !anchors(to).includes(anchor));
    });
}

/** Headings as GitHub makes anchors of them. */
function anchors(path: string): string[] {
  return readPage(path).prose.flatMap((line) => {
    const [, title] = /^#+ (.+)$/.exec(line) ?? [];
    if (title === undefined) return [];
    const words = title.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "");
    return [words.replaceAll(" ", "-")];
  });
}

/** Commands: lines of the shell in blocks of code, and code within lines; without comments, continued lines joined. */
export function shellLines({ prose, fences }: Page): string[] {
  const blocks = fences.filter(({ language }) => language === "sh").flatMap(({ lines }) => joinedLines(lines));
  return [...blocks, ...prose.flatMap(inlineCode).flatMap((code) => joinedLines([code]))];
}

/** Lines of the shell without comments; what is continued with a backslash is one line. */
export function joinedLines(lines: readonly string[]): string[] {
  return lines
    .join("\n")
    .replace(/\\\n\s*/g, "")
    .split("\n")
    .map((line) => line.replace(/(^|\s)#.*$/, "").trim())
    .filter((line) => line !== "");
}

/**
 * Reads the verifier's arguments as its command line does, without a terminal. Reports go to a folder that exists, for
 * theirs may not.
 * @throws UsageError
 */
export function readArguments(words: readonly string[]): CliRequest {
  const elsewhere = words.map((word, i) => {
    if (words[i - 1] !== "--report") return word;
    const [format = "", path = ""] = word.split("=");
    return `${format}=${join(tmpdir(), basename(path))}`;
  });
  return parseArguments(elsewhere, { input: new PassThrough(), output: new PassThrough() });
}
