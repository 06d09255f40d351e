import { accessSync, constants, existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { reasonOf, type Violation } from "../common/errors";
import type { ReportFormat } from "../report/format";
import { reportFormats } from "../report/formats";
import { nameAndValue } from "./name-and-value";

/** A report file that the user wants. */
export interface WantedReport {
  readonly format: ReportFormat;
  readonly path: string;
}

/** Reads `FORMAT=PATH` and finds out whether the file can be written, before anything is run. */
export function wantedReports(texts: readonly string[], violations: Violation[]): WantedReport[] {
  return texts.flatMap((text) => {
    const { name, value: path } = nameAndValue(text);
    const format = reportFormats.find(({ id }) => id === name);
    const formats = reportFormats.map(({ id }) => id).join(", ");
    const reason =
      format === undefined
        ? `"${text}" is not FORMAT=PATH with a format that exists (${formats})`
        : path === ""
          ? "there is no path"
          : unwritable(path);
    if (reason !== undefined) {
      violations.push({ path: "--report", reason, remedy: "e.g. --report json=report.json" });
      return [];
    }
    return format === undefined ? [] : [{ format, path: resolve(path) }];
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
