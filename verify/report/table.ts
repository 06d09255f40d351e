import Table from "cli-table3";
import pc from "picocolors";
import type { Report, SessionReport, Verdict } from "./report";
import { listSessions, shortNames } from "./sessions";

/** Sessions that are shown, those that failed or are unknown first; the JSON report has all. */
const shownSessions = 20;

const width = 100;

/** The report for people. Lines are at most 100 characters wide for usual names. */
export function renderTable(report: Report, style: { readonly color: boolean }): string {
  const colors = pc.createColors(style.color);
  const paint = (verdict: Verdict): string =>
    verdict === "pass" ? colors.green(verdict) : verdict === "fail" ? colors.red(verdict) : colors.yellow(verdict);
  const shorten = shortNames(report.replicas.map(({ name }) => name));
  const sections = [
    `Target   ${report.target}`,
    ...report.replicas.map(({ name, url }) => `Replica  ${name}  ${url}`),
    "",
    checksTable(report, paint),
  ];
  const listed = listSessions(report.sessions, shownSessions, shownSessions).sessions.slice(0, shownSessions);
  if (listed.length > 0) sections.push(sessionsTable(listed, shorten, paint));
  const hidden = report.sessions.length - listed.length;
  if (hidden > 0) sections.push(`… and ${hidden} more sessions`);
  const { total, failed, p50Ms, p99Ms } = report.requests;
  const latency = p50Ms === null || p99Ms === null ? "" : `, p50 ${p50Ms} ms, p99 ${p99Ms} ms`;
  sections.push(
    `${total} requests, ${failed === 0 ? "none failed" : colors.yellow(`${failed} failed`)}${latency}, ${(report.durationMs / 1000).toFixed(1)} s`,
    colors.bold(`Affinity: ${paint(report.verdict)}${report.reason === null ? "" : ` – ${report.reason}`}`),
  );
  return sections.join("\n");
}

function checksTable({ checks }: Report, paint: (verdict: Verdict) => string): string {
  const idWidth = Math.max(7, ...checks.map(({ id }) => id.length)) + 2;
  const table = new Table({
    head: ["Check", "Verdict", "What was seen"],
    colWidths: [idWidth, 9, width - idWidth - 13],
    wordWrap: true,
    style: { head: [], border: [] },
  });
  for (const { id, verdict, summary } of checks) table.push([id, paint(verdict), summary]);
  return table.toString();
}

function sessionsTable(
  sessions: readonly SessionReport[],
  shorten: (name: string) => string,
  paint: (verdict: Verdict) => string,
): string {
  const table = new Table({
    head: ["Session", "First → later", "Model", "Route", "TTL", "Verdict"],
    style: { head: [], border: [] },
  });
  for (const { id, replicas, models, route, ttlSeconds, verdict } of sessions) {
    table.push([
      id,
      journey(replicas.map(shorten)),
      [...new Set(models.map((model) => model ?? "–"))].join("\n"),
      route ?? "–",
      ttlSeconds === null ? "–" : `${Math.round(ttlSeconds)} s`,
      paint(verdict),
    ]);
  }
  return table.toString();
}

/** The replica asked first and those asked later, each once. */
function journey([first, ...later]: readonly string[]): string {
  return first === undefined ? "–" : `${first} → ${[...new Set(later)].join(", ")}`;
}
