import Table from "cli-table3";
import pc from "picocolors";
import { oneLine } from "../common/errors";
import type { Report, Verdict } from "./report";
import { listSessions, shortNames } from "./sessions";

/** Sessions that are shown, those that failed or are unknown first; the JSON report has all. */
const shownSessions = 20;

/** Prompts that are shown, where they do not tell models apart. */
const shownPrompts = 50;

const width = 100;

const plain = { head: [], border: [] };

/** The report for people. Lines are at most 100 characters wide for usual names. */
export function renderTable(report: Report, style: { readonly color: boolean; readonly prompts?: boolean }): string {
  const { checks, sessions, requests, durationMs, verdict, reason } = report;
  const said = (text: string): string => oneLine(text, 2_000);
  const colors = pc.createColors(style.color);
  const paints = { pass: colors.green, fail: colors.red, unknown: colors.yellow };
  const paint = (it: Verdict): string => paints[it](it);
  const idWidth = Math.max(7, ...checks.map(({ id }) => id.length)) + 2;
  const checkTable = new Table({
    head: ["Check", "Verdict", "What was seen"],
    colWidths: [idWidth, 9, width - idWidth - 13],
    wordWrap: true,
    style: plain,
  });
  checkTable.push(...checks.map(({ id, verdict: seen, summary }) => [said(id), paint(seen), said(summary)]));
  const shorten = shortNames(report.replicas.map(({ name }) => name));
  const listed = listSessions(sessions, shownSessions).sessions;
  const sessionTable = new Table({ head: ["Session", "First → later", "Model", "Route", "TTL", "Verdict"], style: plain });
  for (const { id, replicas, models, route, ttlSeconds, verdict: seen } of listed) {
    const answered = [...new Set(models.map((model) => said(model ?? "–")))].join("\n");
    const ttl = ttlSeconds === null ? "–" : `${Math.round(ttlSeconds)} s`;
    sessionTable.push([said(id), said(journey(replicas.map(shorten))), answered, said(route ?? "–"), ttl, paint(seen)]);
  }
  const hidden = sessions.length - listed.length;
  const { total, failed, p50Ms, p99Ms } = requests;
  const failures = failed === 0 ? "none failed" : colors.yellow(`${failed} failed`);
  const latency = p50Ms === null || p99Ms === null ? "" : `, p50 ${p50Ms} ms, p99 ${p99Ms} ms`;
  return [
    `Target   ${said(report.target)}`,
    ...report.replicas.map(({ name, url }) => `Replica  ${said(name)}  ${said(url)}`),
    "",
    checkTable.toString(),
    ...(listed.length > 0 ? [sessionTable.toString()] : []),
    ...(hidden > 0 ? [`… and ${hidden} more sessions`] : []),
    ...[...whereTo(checks, style.prompts ?? false), ...adviceOn(report)].map((line) => oneLine(line, 200)),
    `${total} requests, ${failures}${latency}, ${(durationMs / 1000).toFixed(1)} s`,
    colors.bold(`Affinity: ${paint(verdict)}${reason === null ? "" : ` – ${said(reason)}`}`),
  ].join("\n");
}

interface Surveyed {
  readonly prompt: string;
  readonly model: string | null;
  readonly answers: readonly { readonly model: string | null }[];
}

/** Where routing without the header sent each prompt, where it did not tell models apart. */
function whereTo(checks: Report["checks"], always: boolean): string[] {
  const control = checks.find(({ id, verdict }) => id === "control" && (always || verdict === "unknown"));
  const { prompts = [] } = (control?.evidence ?? {}) as { prompts?: readonly Surveyed[] };
  // Where nothing answered, prompts are not what is wrong.
  if (!prompts.some(({ answers }) => answers.some(({ model }) => model !== null))) return [];
  const more = prompts.length - shownPrompts;
  return [
    "Without the header each prompt went to:",
    ...prompts
      .slice(0, shownPrompts)
      .map(({ prompt, model }) => `  ${model ?? "different models, or none"} ← ${oneLine(prompt, 70)}`),
    ...(more > 0 ? [`  … and ${more} more prompts`] : []),
    ...(control?.verdict === "unknown"
      ? ["→ bring prompts that belong to routes of different models: verify --suggest-prompts, --prompts FILE, proof.prompts"]
      : []),
  ];
}

/** What a user most likely has to put right. */
function adviceOn({ target, checks }: Report): string[] {
  const said = (check: string): string => checks.find(({ id, verdict }) => id === check && verdict !== "pass")?.summary ?? "";
  const advice: string[] = [];
  if (/: HTTP 401\b/.test(said("control")))
    advice.push("→ send the key that the gateway wants: PLANO_AFFINITY_AUTHORIZATION='Bearer <key>'");
  // In Kubernetes the gateway's Redis is found.
  if (/ does not exist, nor did it\b/.test(said("redis")) && !target.startsWith("kubernetes"))
    advice.push("→ or is that not the gateway's Redis, or not its database? --redis-url URL/DATABASE");
  return advice;
}

function journey([first, ...later]: readonly string[]): string {
  return first === undefined ? "–" : `${first} → ${[...new Set(later)].join(", ")}`;
}
