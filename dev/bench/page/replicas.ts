import type { Measurements, ReplicaGrowth } from "../measurements";
import { grouped, median, medianOf, seconds } from "../row";
import { type Block, type Chapter, type Lines, measuredWhere } from "./blocks";

/** The verifier with more and more replicas. */
export function replicasChapter({ replicas }: Measurements): Chapter {
  const readers = (replicas?.rounds ?? 4) - 1;
  const blocks: readonly Block[] =
    replicas === undefined
      ? []
      : [
          { picture: "growth-replicas.svg", alt: "Wall time by number of replicas" },
          figures(replicas),
          `With one session fewer than ${replicas.tooFew.replicas} replicas need, ${grouped(replicas.tooFew.sessions)}, the verdict is \`unknown\`, and \`pinning\` says: “${replicas.tooFew.summary}”.`,
        ];
  return {
    title: "Growth with replicas",
    blocks: [
      `Stand-ins, sessions of ${readers + 1} requests each, with Redis inspection. Every ordered pair of replicas is covered when a session begun on the first was read on the second: of N replicas there are N × (N − 1). A session has one writer and up to ${readers} readers, so that it takes N × ⌈(N − 1) ÷ ${readers}⌉ sessions; the stack's proof takes as many by itself, the verifier is told by \`--sessions\`.`,
      measuredWhere(replicas, "npm run bench -- growth"),
      ...blocks,
      "All replicas, their Redis and the verifier share this machine's processors.",
    ],
  };
}

function figures({ points }: ReplicaGrowth): Lines {
  const [first] = points;
  const same = first === undefined ? "the same number of sessions" : `${grouped(first.same.sessions)} sessions`;
  const lines = points.map((point) => [
    grouped(point.replicas),
    `${grouped(point.covered)} of ${grouped(point.replicas * (point.replicas - 1))}`,
    seconds(median(point.same.seconds)),
    grouped(point.least.sessions),
    seconds(median(point.least.seconds)),
    medianOf(point.same.seconds.length),
  ]);
  const headings = ["replicas", "pairs covered", `time, ${same}`, "sessions that cover all pairs", "time with these", "runs"];
  return { headings, lines };
}
