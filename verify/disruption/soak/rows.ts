import type { FaultReport, SoakReport } from "./report";
import type { Trend } from "./usage";

/** A table as lines of cells, for the terminal and for the page. */
export interface Rows {
  readonly headings: readonly string[];
  readonly lines: readonly (readonly string[])[];
}

const count = (value: number): string => value.toLocaleString("en-US");
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** What stands in a cell without a figure. */
const none = "–";

/** The report's figures in a few lines. */
export function figureRows({ sessions, settings, requests, answers, usage, durationMs }: SoakReport): Rows {
  const { service, pod, skipped } = requests;
  const way = ({ sent, failed }: typeof service): string =>
    `${count(sent)} sent, ${failed === 0 ? "none" : count(failed)} failed`;
  const all =
    sessions.allLiveMs === null
      ? `at most ${count(sessions.peak)} of ${count(settings.sessions)} at the same time`
      : `${count(settings.sessions)} at the same time after ${seconds(sessions.allLiveMs)}${sessions.least === null ? "" : `, from then on never fewer than ${count(sessions.least)}`}`;
  return {
    headings: ["what", "measured"],
    lines: [
      [
        "length",
        `${seconds(durationMs)}, ${((service.sent + pod.sent) / Math.max(1, durationMs / 1000)).toFixed(0)} requests a second`,
      ],
      ["sessions", `${all}; ${count(sessions.begun)} begun, ${count(sessions.unanswered)} of them not answered`],
      ["requests through the service", way(service)],
      ["requests to single pods", way(pod)],
      ["requests due but not sent", count(skipped)],
      ["answers with the pin's model", count(answers.held)],
      ["answers with another model while Redis was away or not found again", count(answers.inside)],
      ["pins lost by that", count(answers.lost)],
      [
        "answers with another model, unexplained",
        `${count(answers.outside)} (${count(sessions.violated)} sessions with a lost or changed pin)`,
      ],
      ["answers not judged, because the pin may have expired", count(answers.unjudged)],
      ["memory of the soak itself", trend(usage.memoryMib, " MiB")],
      ["open handles of the soak itself", trend(usage.handles, "")],
    ],
  };
}

function trend({ from, to, flat }: Trend, unit: string): string {
  return flat === null ? "too short to tell" : `${from} → ${to}${unit}, ${flat ? "flat" : "growing"}`;
}

/** One line a fault. */
export function faultRows(faults: readonly FaultReport[]): Rows {
  return {
    headings: ["at", "fault", "recovered after", "from Redis being back", "requests", "failed", "other model", "verdict"],
    lines: faults.map(({ startedMs, title, landedMs, recoveredMs, redisBackMs, requests, verdict }) => [
      seconds(startedMs),
      title,
      between(landedMs, recoveredMs),
      between(redisBackMs, recoveredMs),
      count(requests.sent),
      count(requests.failed),
      count(requests.misrouted),
      verdict,
    ]),
  };
}

function between(from: number | null, to: number | null): string {
  return from === null || to === null ? none : seconds(Math.max(0, to - from));
}

/** Failed requests by cause and kind of fault, the most frequent first. */
export function failureRows({ failures, faults }: Pick<SoakReport, "failures" | "faults">): Rows {
  const counts = new Map<string, { readonly cells: readonly string[]; count: number }>();
  for (const { way, cause, fault, podLeft, outage, count: own } of failures) {
    const cells = [
      way === "service" ? "the service" : "a pod",
      cause,
      fault === null ? "quiet" : (faults[fault]?.title ?? "a fault"),
      podLeft ? "its pod was ending or not ready" : outage ? "Redis was away or not found again" : "nothing",
    ];
    const key = JSON.stringify(cells);
    counts.set(key, { cells, count: own + (counts.get(key)?.count ?? 0) });
  }
  const sorted = [...counts.values()].sort((a, b) => b.count - a.count);
  return {
    headings: ["count", "through", "cause", "during", "explained by"],
    lines: sorted.map(({ cells, count: total }) => [count(total), ...cells]),
  };
}
