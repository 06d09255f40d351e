import type { Measurements } from "../index";

const stamp = { measuredOn: "2026-01-31", machine: "2 cores" };

/** Made-up figures of every part. */
export const sample = {
  verifier: {
    ...stamp,
    rows: [{ what: "a | run", target: "≤ 1.00 s", measured: "0.50 s", met: true, note: "one run" }],
  },
  sessions: {
    ...stamp,
    rounds: 2,
    points: [
      { sessions: 100, seconds: [0.7, 0.5, 0.6], peakMib: [80, 92, 90] },
      { sessions: 1_000, seconds: [5], peakMib: [110] },
      { sessions: 100_000, seconds: [550], peakMib: [300] },
    ],
  },
  replicas: {
    ...stamp,
    rounds: 4,
    points: [
      { replicas: 2, covered: 2, same: { sessions: 400, seconds: [2] }, least: { sessions: 4, seconds: [0.4] } },
      { replicas: 20, covered: 380, same: { sessions: 400, seconds: [3] }, least: { sessions: 140, seconds: [1.5] } },
    ],
    tooFew: { replicas: 20, sessions: 139, summary: "not covered (writer → reader): t → s; use --sessions 140 or more" },
  },
  stack: {
    ...stamp,
    steps: [{ what: "first `up`", command: "npm start", seconds: [35, 33, 34] }],
    profile: [{ step: "stack: Redis", fromMs: 0, toMs: 10_000 }],
  },
  tunnels: { ...stamp, rows: [{ what: "port-forward", measured: "30 ms", note: "one run" }] },
  emptyCaches: { ...stamp, timings: [{ step: "tools", fromMs: 0, toMs: 564_000 }] },
} as const satisfies Measurements;
