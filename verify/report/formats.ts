import { renderCtrf } from "./ctrf";
import { renderHtml } from "./html";
import { renderJunit } from "./junit";
import type { Report } from "./report";

/**
 * The content of a report's file; in pieces where a run of hundreds of thousands of sessions would make one string too
 * large.
 * @param titles headings of the checks by id; default: the ids
 */
type RenderReport = (report: Report, titles?: Readonly<Record<string, string>>) => string | Iterable<string>;

/** The file formats for reports. A new one is one file and one line here. */
export const reportFormats = { json: renderJson, junit: renderJunit, ctrf: renderCtrf, html: renderHtml } as const satisfies {
  readonly [id: string]: RenderReport;
};

export type ReportFormat = keyof typeof reportFormats;

export const formatNames = Object.keys(reportFormats).join(", ");

/** As `JSON.stringify(report, null, 2)`, in pieces. */
export function* renderJson(report: Report): Generator<string> {
  const [before, after] = JSON.stringify({ ...report, sessions: [] }, null, 2).split('\n  "sessions": []') as [string, string];
  yield `${before}\n  "sessions": [`;
  let separator = "\n";
  for (const session of report.sessions) {
    yield `${separator}${JSON.stringify(session, null, 2).replace(/^/gm, "    ")}`;
    separator = ",\n";
  }
  yield `${report.sessions.length === 0 ? "" : "\n  "}]${after}\n`;
}
