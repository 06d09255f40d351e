import type { Measurements, ReplicaGrowth, SessionGrowth } from "../measurements";
import { grouped, median } from "../row";
import type { Chart, Point } from "./chart";
import { memoryLimitMib, peak } from "./sessions";

/** Pure: the pictures of docs/performance.md by file name, of what was measured. */
export function charts({ sessions, replicas }: Measurements): Readonly<Record<string, Chart>> {
  return {
    ...(sessions === undefined ? {} : { "growth-sessions.svg": timeBySessions(sessions), "growth-memory.svg": memory(sessions) }),
    ...(replicas === undefined ? {} : { "growth-replicas.svg": timeByReplicas(replicas) }),
  };
}

/** With as many digits as a label has room for. */
function short(value: number): string {
  return value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : grouped(Math.round(value));
}

function timeBySessions({ points }: SessionGrowth): Chart {
  const values = points.map(({ sessions, seconds }): Point => {
    const value = median(seconds);
    return { x: sessions, y: value, label: `${short(value)} s` };
  });
  return {
    x: { title: "sessions", scale: "log" },
    y: { title: "wall time (s)", scale: "log" },
    series: [{ points: values, colour: "blue" }],
  };
}

function memory({ points }: SessionGrowth): Chart {
  const values = points.map((point): Point => ({ x: point.sessions, y: peak(point), label: `${Math.round(peak(point))} MiB` }));
  return {
    x: { title: "sessions", scale: "log" },
    y: { title: "peak memory of the verifier (MiB)", scale: "linear" },
    series: [{ points: values, colour: "blue" }],
    limit: { y: memoryLimitMib, label: `limit: ${memoryLimitMib} MiB` },
  };
}

function timeByReplicas({ points }: ReplicaGrowth): Chart {
  const [first] = points;
  return {
    x: { title: "replicas", scale: "log", ticks: points.map(({ replicas }) => replicas) },
    y: { title: "wall time (s)", scale: "linear" },
    series: [
      {
        name: `${grouped(first?.same.sessions ?? 0)} sessions`,
        points: points.map(({ replicas, same }) => ({ x: replicas, y: median(same.seconds) })),
        colour: "blue",
      },
      {
        name: "as few sessions as cover all pairs",
        points: points.map(({ replicas, least }) => ({ x: replicas, y: median(least.seconds) })),
        colour: "orange",
      },
    ],
  };
}
