import { accessSync, closeSync, constants, existsSync, openSync, statSync, writeSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { reasonOf, type Violation } from "../common/errors";
import type { ReportFormat } from "../report/format";
import { reportFormats } from "../report/formats";
import { nameAndValue } from "./name-and-value";

export const standardOutput = "-";

export interface WantedReport {
  readonly format: ReportFormat;
  /** Absolute, or `-`: standard output, in place of the table. */
  readonly path: string;
}

/** Reads `FORMAT=PATH` and finds out whether the file can be written, before anything is run. */
export function wantedReports(texts: readonly string[], violations: Violation[]): WantedReport[] {
  const formats = reportFormats.map(({ id }) => id).join(", ");
  const onStandardOutput = texts.filter((text) => nameAndValue(text).value === standardOutput);
  if (onStandardOutput.length > 1) {
    const reason = `${onStandardOutput.join(" and ")} would be mixed on standard output`;
    violations.push({ path: "--report", reason, remedy: "give only one of them the path -" });
  }
  const paths = texts.map((text) => nameAndValue(text).value).filter((path) => path !== "" && path !== standardOutput);
  for (const path of new Set(paths.map((path) => resolve(path)))) {
    if (paths.filter((other) => resolve(other) === path).length < 2) continue;
    violations.push({ path: "--report", reason: `${path} is named twice`, remedy: "give each report a file of its own" });
  }
  return texts.flatMap((text) => {
    const { name, value: path } = nameAndValue(text);
    const format = reportFormats.find(({ id }) => id === name);
    const reason =
      format === undefined
        ? `"${text}" is not FORMAT=PATH with a format that exists (${formats})`
        : path === ""
          ? "there is no path"
          : path === standardOutput
            ? undefined
            : unwritable(path);
    if (reason !== undefined) {
      violations.push({ path: "--report", reason, remedy: "e.g. --report json=report.json" });
      return [];
    }
    return format === undefined ? [] : [{ format, path: path === standardOutput ? path : resolve(path) }];
  });
}

/** Why the file cannot be written, found without creating it. */
function unwritable(path: string): string | undefined {
  try {
    const file = resolve(path);
    if (existsSync(file)) {
      if (statSync(file).isDirectory()) return `${path} is a directory`;
      accessSync(file, constants.W_OK);
    } else {
      if (!statSync(dirname(file)).isDirectory()) return `${path} cannot be written: ${dirname(path)} is no directory`;
      accessSync(dirname(file), constants.W_OK);
    }
    return undefined;
  } catch (error) {
    return `${path} cannot be written: ${reasonOf(error)}`;
  }
}

/** Pieces are gathered to writes of about this many characters. */
const chunkLength = 64 * 1024;

/**
 * Writes a file, or standard output for the path `-`, from the content or from the pieces of it.
 * @throws Error that names the file, when it cannot be written after all
 */
export function writeReport(path: string, content: string | Iterable<string>): void {
  if (path === standardOutput) return gather(content, (chunk) => void process.stdout.write(chunk));
  try {
    const file = openSync(path, "w");
    try {
      gather(content, (chunk) => void writeSync(file, chunk));
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw new Error(`the report ${path} could not be written: ${reasonOf(error)}`, { cause: error });
  }
}

function gather(content: string | Iterable<string>, write: (chunk: string) => void): void {
  let chunk = "";
  for (const piece of typeof content === "string" ? [content] : content) {
    chunk += piece;
    if (chunk.length < chunkLength) continue;
    write(chunk);
    chunk = "";
  }
  write(chunk);
}
