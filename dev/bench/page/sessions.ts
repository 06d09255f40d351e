import type { Measurements, SessionGrowth, SessionPoint } from "../measurements";
import { grouped, judged, mebibytes, median, medianOf, type Row, seconds, times } from "../row";
import { type Block, type Chapter, type Lines, measuredWhere, rowsTable } from "./blocks";

/** The most memory that the verifier may take, whatever the number of sessions. */
export const memoryLimitMib = 300;

/** The verifier with more and more sessions. */
export function sessionsChapter({ sessions }: Measurements): Chapter {
  const blocks: readonly Block[] =
    sessions === undefined
      ? []
      : [
          { picture: "growth-sessions.svg", alt: "Wall time by number of sessions, both axes logarithmic" },
          { picture: "growth-memory.svg", alt: "Peak memory of the verifier by number of sessions" },
          figures(sessions),
          rowsTable(sessionRows(sessions)),
        ];
  return {
    title: "Growth with sessions",
    blocks: [
      `Two stand-ins, sessions of ${sessions?.rounds ?? 2} requests each, with Redis inspection.`,
      measuredWhere(sessions, "npm run bench -- growth"),
      ...blocks,
      "Peak memory is the largest resident set of the verifier's process alone.",
    ],
  };
}

function figures({ points }: SessionGrowth): Lines {
  const lines = points.map((point) => [
    grouped(point.sessions),
    seconds(median(point.seconds)),
    `${perSession(point).toFixed(2)} ms`,
    mebibytes(peak(point)),
    medianOf(point.seconds.length),
  ]);
  return { headings: ["sessions", "time", "time per session", "peak memory", "runs"], lines };
}

/** Pure: the growth against its targets. */
export function sessionRows({ points, rounds }: SessionGrowth): readonly Row[] {
  const largest = points.at(-1);
  if (largest === undefined) return [];
  const memory = judged({
    what: `${grouped(largest.sessions)} × ${rounds}: peak memory of the verifier`,
    value: peak(largest),
    show: mebibytes,
    bound: { below: memoryLimitMib },
    note: largest.peakMib.length === 1 ? "one run" : `largest of ${largest.peakMib.length} runs`,
  });
  const smaller = points.findLast(({ sessions }) => sessions * 4 <= largest.sessions);
  if (smaller === undefined) return [memory];
  const linear = judged({
    what: `time per session at ${grouped(largest.sessions)} ÷ at ${grouped(smaller.sessions)}`,
    value: perSession(largest) / perSession(smaller),
    show: times,
    bound: { most: 1.2 },
    note: `${perSession(largest).toFixed(2)} ms and ${perSession(smaller).toFixed(2)} ms per session`,
  });
  return [memory, linear];
}

/** Milliseconds. */
function perSession({ sessions, seconds: wall }: SessionPoint): number {
  return (median(wall) / sessions) * 1000;
}

/** The largest of all runs, in MiB. */
export function peak({ peakMib }: SessionPoint): number {
  return Math.max(...peakMib);
}
