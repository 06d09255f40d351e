import type { Benchmark } from "./bench";
import { CountingProxy } from "./counting-proxy";
import { Deployment } from "./deployment";
import { judged, mebibytes, seconds, times } from "./row";
import { type Finished, runProcess } from "./whole-process";

/** Memory and time of large runs, each run once. */
export const largeRuns: Benchmark = async ({ programs, scale, signal }) => {
  const finished: { readonly sessions: number; readonly run: Finished }[] = [];
  for (const sessions of scale.large) {
    // A Redis of its own for each, so that none meets the pins of the one before.
    await using deployment = await Deployment.start();
    const command = programs.verifier({ sessions, rounds: 2 }, deployment.urls, deployment.redisUrl);
    finished.push({ sessions, run: await runProcess(command, signal) });
  }
  const memory = finished.map(({ sessions, run }) =>
    judged({
      what: `${sessions.toLocaleString("en")} × 2 with Redis inspection: peak memory of the verifier`,
      value: run.peakMib,
      show: mebibytes,
      bound: { below: 300 },
      note: `one run, ${seconds(run.seconds)}`,
    }),
  );
  const [smallest] = finished;
  const largest = finished.at(-1);
  if (smallest === undefined || largest === undefined) return memory;
  const each = ({ sessions, run }: typeof largest): number => (run.seconds / sessions) * 1000;
  const linear = judged({
    what: `time per session at ${largest.sessions.toLocaleString("en")} ÷ at ${smallest.sessions.toLocaleString("en")}`,
    value: each(largest) / each(smallest),
    show: times,
    bound: { most: 1.2 },
    note: `${each(largest).toFixed(2)} ms and ${each(smallest).toFixed(2)} ms per session; one run each`,
  });
  return [...memory, linear];
};

/** How the verifier reads Redis. */
export const redisTrips: Benchmark = async ({ programs, scale, signal }) => {
  const { sessions } = scale;
  await using deployment = await Deployment.start();
  await using proxy = await CountingProxy.start(Number(new URL(deployment.redisUrl).port));
  await runProcess(programs.verifier({ sessions, rounds: 4 }, deployment.urls, `redis://127.0.0.1:${proxy.port}`), signal);
  return [
    judged({
      what: `${sessions.toLocaleString("en")} × 4: round trips to Redis per session`,
      value: proxy.roundTrips / sessions,
      show: (value) => value.toFixed(2),
      bound: { most: 1 },
      note: `${proxy.roundTrips.toLocaleString("en")} round trips; key by key, value and TTL of each session twice, it would be 4`,
    }),
  ];
};
