import { gunzipSync } from "node:zlib";
import { oneLine } from "../common/errors";
import type { Report } from "../report/report";
import { packedReport } from "./loader";

/** Lines of a log that are kept to explain a Job without a report. */
const shownLines = 3;

/** What a Job's container wrote: progress, a line each, and the packed report. Lines come one by one. */
export class JobLog {
  readonly #progress: string[] = [];
  /** Undefined before the report has begun. */
  #packed: string[] | undefined;
  #isWhole = false;

  /** @returns the line, if it tells of progress */
  add(line: string): string | undefined {
    if (line === packedReport.begin) this.#packed = [];
    else if (line === packedReport.end) this.#isWhole = true;
    else if (this.#packed !== undefined && !this.#isWhole) this.#packed.push(line);
    else {
      this.#progress.push(line);
      return line;
    }
    return undefined;
  }

  /** The report; undefined where there is none or it is broken off. */
  report(): Report | undefined {
    if (!this.#isWhole || this.#packed === undefined) return undefined;
    try {
      const report: unknown = JSON.parse(gunzipSync(Buffer.from(this.#packed.join(""), "base64")).toString("utf8"));
      return isReport(report) ? report : undefined;
    } catch {
      return undefined;
    }
  }

  /** What the container said in place of a report. */
  get words(): string {
    if (this.#packed !== undefined && !this.#isWhole) return "its report is broken off";
    const last = this.#progress.filter((line) => line.trim() !== "").slice(-shownLines);
    return last.length === 0 ? "it wrote nothing" : `its last words: ${oneLine(last.join(" / "), 400)}`;
  }
}

function isReport(value: unknown): value is Report {
  return typeof value === "object" && value !== null && "schema" in value && value.schema === "plano-affinity/report/v1";
}
