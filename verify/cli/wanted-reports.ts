import { accessSync, constants, existsSync, statSync, writeFileSync } from "node:fs";
import { Socket } from "node:net";
import { dirname, resolve } from "node:path";
import { destinationOf, writeWhole } from "../../lib/files";
import { oneLine, reasonOf, type Violation } from "../common/errors";
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
  const paths = wanted.map(({ path }) => (path === standardOutput ? path : destinationOf(path)));
  for (const path of new Set(paths.filter((it, i) => paths.indexOf(it) !== i))) {
    add(`${path === standardOutput ? "standard output" : path} is named twice`, "give each report a file of its own");
  }
  return wanted;
}

/** Why the file cannot be written, found without creating it. */
function unwritable(path: string): string | undefined {
  if (path === "") return "there is no path";
  if (path === standardOutput) return undefined;
  try {
    const file = destinationOf(resolve(path));
    if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true) return `${path} is a directory`;
    // With a slash at its end it must be a folder.
    accessSync(existsSync(file) ? file : `${dirname(file)}/`, constants.W_OK);
    return undefined;
  } catch (error) {
    return `${path} cannot be written: ${reasonOf(error)}`;
  }
}

/**
 * Writes a file whole, or standard output for the path `-`, from the content or from the pieces of it.
 * @throws Error that names what cannot be written after all; that nobody reads standard output any more is none
 */
export async function writeReport(path: string, content: string | Iterable<string>): Promise<void> {
  const pieces = typeof content === "string" ? [content] : content;
  try {
    if (path !== standardOutput) await writeWhole(path, pieces);
    else if (process.stdout instanceof Socket)
      for (const piece of pieces) await new Promise((done) => process.stdout.write(piece, done));
    // Node's own stream to a file takes what a full disk took of a piece for all of it.
    else for (const piece of pieces) writeFileSync(1, piece);
  } catch (error) {
    const where = path === standardOutput ? "standard output could not be written: " : "the report ";
    throw new Error(`${where}${oneLine((error as Error).message, 400)}`, { cause: error });
  }
}
