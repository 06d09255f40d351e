import { renderCtrf } from "./ctrf";
import { renderHtml } from "./html";
import { renderJunit } from "./junit";
import type { Report } from "./report";

/** The file formats for reports: a new one is one file and one line here. Titles are headings of the checks by id. */
export const reportFormats = { json: renderJson, junit: renderJunit, ctrf: renderCtrf, html: renderHtml } as const satisfies {
  readonly [id: string]: (report: Report, titles: Readonly<Record<string, string>>) => string | Iterable<string>;
};

export type ReportFormat = keyof typeof reportFormats;

export const formatNames = Object.keys(reportFormats).join(", ");

/** As `JSON.stringify(report, null, 2)`, in pieces: a run of hundreds of thousands of sessions would make one string too large. */
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
