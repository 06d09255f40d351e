import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize, resolve } from "node:path";

/** The checkout. */
export const project = resolve(__dirname, "..", "..");

/** A block of code. */
export interface Fence {
  readonly language: string;
  /** The file that it is an excerpt of; undefined for other blocks. */
  readonly file: string | undefined;
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

export function readPage(path: string): Page {
  const prose: string[] = [];
  const fences: Fence[] = [];
  let open: (Fence & { readonly lines: string[] }) | undefined;
  let section = "";
  const text = readFileSync(join(project, path), "utf8").replace(/<!--[\s\S]*?-->/g, "");
  for (const line of text.split("\n")) {
    const [, language = "", file] = /^\s*```(\w*) ?(\S+)?$/.exec(line) ?? [];
    const isFence = /^\s*```(?!`)/.test(line);
    if (open !== undefined && isFence) {
      fences.push(open);
      open = undefined;
    } else if (open !== undefined) open.lines.push(line);
    else if (isFence) open = { language, file, section, lines: [] };
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

/** The cells of the table's row, without the borders. */
export function cells(line: string): string[] {
  return line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());
}

/** Targets of the links to files of the checkout, with their anchors. */
export function links({ prose }: Page): string[] {
  return prose
    .flatMap((line) => [...line.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target))
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** Why a link of the page leads nowhere; undefined when it leads somewhere. */
export function brokenLink({ path }: Page, target: string): string | undefined {
  const [file = "", anchor] = target.split("#");
  const to = file === "" ? path : normalize(join(dirname(path), file));
  if (!existsSync(join(project, to))) return `${path}: ${target} does not exist`;
  if (anchor === undefined) return undefined;
  return anchors(to).includes(anchor) ? undefined : `${path}: ${to} has no heading #${anchor}`;
}

/** Headings as GitHub makes anchors of them. */
function anchors(path: string): string[] {
  return readPage(path).prose.flatMap((line) => {
    const [, title] = /^#+ (.+)$/.exec(line) ?? [];
    if (title === undefined) return [];
    return [
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, "")
        .replaceAll(" ", "-"),
    ];
  });
}

/** Folders of the checkout that hold files of its own. */
const rooms =
  /^(\.ci|bench|bootstrap|clusters|components|docs|dynamic|images|monitoring|mutations|packaging|plano|sandbox|settings|soak|standin|tasks|test|verify)\//;

const fileName = /^[\w.-]+\.(ts|mts|mjs|cjs|md|ya?ml|json)$/;

/** Paths of the checkout that a page names as code, and that do not exist. A name alone may be of a folder in its line. */
export function missingFiles({ path, prose }: Page): string[] {
  return prose.flatMap((line) => {
    const codes = inlineCode(line).filter((code) => /^[\w./-]+$/.test(code));
    const folders = ["", dirname(path), ...codes.filter((code) => rooms.test(code)).map((code) => (isFolder(code) ? code : ""))];
    return codes
      .filter((code) => rooms.test(code) || fileName.test(code))
      .filter((code) => !folders.some((folder) => existsSync(join(project, folder, code))))
      .map((code) => `${path}: ${code} does not exist`);
  });
}

function isFolder(path: string): boolean {
  return existsSync(join(project, path)) && statSync(join(project, path)).isDirectory();
}

/** Lines of the shell in blocks of code, and code within lines; comments are cut off and continued lines joined. */
export function shellLines({ prose, fences }: Page): string[] {
  const blocks = fences
    .filter(({ language }) => language === "sh")
    .flatMap(({ lines }) =>
      lines
        .join("\n")
        .replace(/\\\n\s*/g, "")
        .split("\n"),
    );
  return [...blocks, ...prose.flatMap(inlineCode)].map((line) => line.replace(/(^|\s)#.*$/, "").trim());
}
