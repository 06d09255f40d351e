import { isMeasured, type Measurements, type StackFigures } from "../measurements";
import { median, medianOf, seconds } from "../row";
import { renderTimings } from "../timings";
import { type Block, type Chapter, type Lines, measuredWhere, rowsTable } from "./blocks";

const command = "npm run bench -- stack";

/** The stack's commands, their profile, and what lies between its cluster and the verifier. */
export function stackChapters({ stack, tunnels, emptyCaches }: Measurements): readonly Chapter[] {
  const figures = isMeasured(stack) ? [steps(stack)] : [];
  const profile: readonly Block[] = isMeasured(stack) ? [{ code: renderTimings(stack.profile) }] : [];
  return [
    {
      title: "The stack",
      blocks: [
        "On a sandbox of its own, from nothing to nothing: two replicas of the stand-in with Redis and Jaeger. Each `up` ends with the proof. Whole processes, as `npm start` and `npm run pulumi` start them; npm itself is not among them.",
        measuredWhere(stack, command),
        ...figures,
      ],
    },
    {
      title: "Where the time of an `up` goes",
      blocks: [
        "`npm start -- --timings` prints this table. Steps of the stack are those of Pulumi's engine, whose clock has whole seconds; they run beside one another. The start of Node.js comes before the first step.",
        isMeasured(stack) ? "The first `up` of the table above, of its middle run." : measuredWhere(stack, command),
        ...profile,
      ],
    },
    {
      title: "From empty caches",
      blocks:
        emptyCaches === undefined
          ? [
              "Not measured by `npm run bench`, which leaves the caches of a machine alone; the [README](../README.md#measured) has the time of such a run. `npm start -- --timings=FILE` leaves its profile in a file, and `npm run bench -- empty-caches=FILE` puts it here.",
            ]
          : [
              "`npm start -- --timings=FILE` on a machine without any of the tools. Packages of npm come before the first step.",
              measuredWhere(emptyCaches, ""),
              { code: renderTimings(emptyCaches.timings) },
            ],
    },
    {
      title: "Port-forwards",
      blocks: [
        "What the verifier goes through to a pod, here of the stack on a sandbox.",
        measuredWhere(tunnels, command),
        ...(isMeasured(tunnels) ? [rowsTable(tunnels.rows)] : []),
      ],
    },
  ];
}

function steps({ steps: all }: StackFigures): Lines {
  const lines = all.map(({ what, command: typed, seconds: runs }) => [
    what,
    `\`${typed}\``,
    seconds(median(runs)),
    `${medianOf(runs.length)}: ${runs.map((it) => it.toFixed(1)).join(", ")}`,
  ]);
  return { headings: ["what", "command", "time", "runs"], lines };
}
