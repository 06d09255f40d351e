import type { Benchmark } from "./bench";
import { CountingProxy } from "./counting-proxy";
import { Deployment } from "./deployment";
import { grouped, judged } from "./row";
import { runProcess } from "./whole-process";

/** How the verifier reads Redis. */
export const redisTrips: Benchmark = async ({ programs, scale, signal }) => {
  const { sessions } = scale;
  await using deployment = await Deployment.start();
  await using proxy = await CountingProxy.start(Number(new URL(deployment.redisUrl).port));
  await runProcess(programs.verifier({ sessions, rounds: 4 }, deployment.urls, `redis://127.0.0.1:${proxy.port}`), signal);
  return [
    judged({
      what: `${grouped(sessions)} × 4: round trips to Redis per session`,
      value: proxy.roundTrips / sessions,
      show: (value) => value.toFixed(2),
      bound: { most: 1 },
      note: `${grouped(proxy.roundTrips)} round trips; key by key, value and TTL of each session twice, it would be 4`,
    }),
  ];
};
