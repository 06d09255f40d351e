import Table from "cli-table3";
import pc from "picocolors";
import type { FaultReport, SoakReport } from "./report";

/** A table as lines of cells, headings first. */
type Rows = string[][];

const count = (value: number): string => value.toLocaleString("en-US");
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
const between = (from: number | null, to: number | null): string =>
  from === null || to === null ? "–" : seconds(Math.max(0, to - from));

function figures({ sessions, settings, requests, answers, durationMs }: SoakReport): Rows {
  const { service, pod, skipped } = requests;
  const { peak, least, allLiveMs, begun, unanswered, violated } = sessions;
  const way = ({ sent, failed }: typeof pod): string => `${count(sent)} sent, ${failed === 0 ? "none" : count(failed)} failed`;
  const fewest = least === null ? "" : `, from then on never fewer than ${count(least)}`;
  const all =
    allLiveMs === null
      ? `at most ${count(peak)} of ${count(settings.sessions)} at the same time`
      : `${count(settings.sessions)} at the same time after ${seconds(allLiveMs)}${fewest}`;
  const rate = ((service.sent + pod.sent) / Math.max(1, durationMs / 1000)).toFixed(0);
  return [
    ["what", "measured"],
    ["length", `${seconds(durationMs)}, ${rate} requests a second`],
    ["sessions", `${all}; ${count(begun)} begun, ${count(unanswered)} of them not answered`],
    ["requests through the service", way(service)],
    ["requests to each pod by itself", way(pod)],
    ["requests that were due and not sent", count(skipped)],
    ["answers with the pin's model", count(answers.held)],
    ["answers with another, while Redis was out of reach or not found again", count(answers.inside)],
    ["pins that did not outlive that", count(answers.lost)],
    ["answers with another, unexplained", `${count(answers.outside)} (${count(violated)} sessions with a lost or changed pin)`],
    ["answers when the pin may have run out, not judged", count(answers.unjudged)],
  ];
}

function faultRows(faults: readonly FaultReport[]): Rows {
  return [
    ["at", "fault", "recovered after", "from Redis being back", "requests", "failed", "other model", "verdict"],
    ...faults.map(({ startedMs, title, landedMs, recoveredMs, redisBackMs, requests, verdict }) => [
      ...[seconds(startedMs), title, between(landedMs, recoveredMs), between(redisBackMs, recoveredMs)],
      ...[requests.sent, requests.failed, requests.misrouted].map(count),
      verdict,
    ]),
  ];
}

function failureRows({ failures, faults }: SoakReport): Rows {
  return [
    ["count", "through", "cause", "during", "explained by"],
    ...failures.map(({ count: failed, way, cause, fault, podLeft, outage }) => [
      count(failed),
      way === "service" ? "the service" : "a pod",
      cause,
      fault === null ? "quiet" : (faults[fault]?.title ?? "a fault"),
      podLeft ? "its pod was ending, or not ready during a fault" : outage ? "Redis out of reach, or not found again" : "nothing",
    ]),
  ];
}

/** Failures and violations that are shown at a terminal; the JSON report has more. */
const shown = 10;

/** The report for people at a terminal. */
export function renderSoak(report: SoakReport, style: { readonly color: boolean }): string {
  const colors = pc.createColors(style.color);
  const { verdict, reason, violations, faults, failures, leftOut, leftover } = report;
  const paint = { pass: colors.green, fail: colors.red, unknown: colors.yellow }[verdict];
  const table = ([head = [], ...lines]: Rows): string => {
    const result = new Table({ head, style: { head: [], border: [] } });
    result.push(...lines);
    return result.toString();
  };
  return [
    `Target   ${report.target}`,
    `Service  ${report.service}`,
    "",
    table(figures(report)),
    faults.length > 0 && table(faultRows(faults)),
    ...faults.map(({ title, summary, verdict: of }) => of !== "pass" && `${title}: ${summary}`),
    failures.length > 0 && table(failureRows(report).slice(0, shown + 1)),
    ...violations.slice(0, shown).map(({ session, sentence, atMs }) => `${seconds(atMs)}  ${session}: ${sentence}`),
    ...[leftOut, leftover],
    colors.bold(`Soak: ${paint(verdict)}${reason === null ? "" : ` – ${reason}`}`),
  ]
    .filter((part) => typeof part === "string")
    .join("\n");
}
