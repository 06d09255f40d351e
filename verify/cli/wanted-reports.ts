import { accessSync, constants, createWriteStream, existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { reasonOf, type Violation } from "../common/errors";
import { formatNames, reportFormats, type ReportFormat } from "../report/formats";

export const standardOutput = "-";

/** `NAME=VALUE`; both are empty where there is no `=`. */
export function nameAndValue(text: string): { name: string; value: string } {
  const at = text.indexOf("=");
  return at < 0 ? { name: "", value: "" } : { name: text.slice(0, at).trim(), value: text.slice(at + 1).trim() };
}

/**
 * Reads `FORMAT=PATH` and finds out whether the file can be written, before anything is run.
 * @returns paths are absolute, or `-`: standard output, in place of the table
 */
export function wantedReports(texts: readonly string[], violations: Violation[]) {
  const add = (reason: string, remedy: string): void => void violations.push({ path: "--report", reason, remedy });
  const wanted = texts.flatMap((text) => {
    const { name, value } = nameAndValue(text);
    const isFormat = Object.hasOwn(reportFormats, name);
    const problem = isFormat ? unwritable(value) : `"${text}" is not FORMAT=PATH with a format that exists (${formatNames})`;
    if (problem !== undefined) add(problem, "e.g. --report json=report.json");
    const path = value === standardOutput ? value : resolve(value);
    return problem === undefined ? [{ format: name as ReportFormat, path }] : [];
  });
  const paths = wanted.map(({ path }) => path);
  for (const path of new Set(paths.filter((it, i) => paths.indexOf(it) !== i))) {
    add(`${path === standardOutput ? "standard output" : path} is named twice`, "give each report a file of its own");
  }
  return wanted;
}

/** Why the file cannot be written, found without creating it. */
function unwritable(path: string): string | undefined {
  if (path === "") return "there is no path";
  if (path === standardOutput) return undefined;
  const file = resolve(path);
  try {
    if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true) return `${path} is a directory`;
    // With a slash at its end it must be a folder.
    accessSync(existsSync(file) ? file : `${dirname(file)}/`, constants.W_OK);
    return undefined;
  } catch (error) {
    return `${path} cannot be written: ${reasonOf(error)}`;
  }
}

/**
 * Writes a file, or standard output for the path `-`, from the content or from the pieces of it.
 * @throws Error that names the file, when it cannot be written after all
 */
export async function writeReport(path: string, content: string | Iterable<string>): Promise<void> {
  if (path === standardOutput) {
    for (const piece of typeof content === "string" ? [content] : content) process.stdout.write(piece);
    return;
  }
  try {
    await pipeline(Readable.from(content), createWriteStream(path));
  } catch (error) {
    throw new Error(`the report ${path} could not be written: ${reasonOf(error)}`, { cause: error });
  }
}
