import type { Report } from "../report/report";
import { checkOf, eventOf, goodSessions, latenciesOf, models, pods, reportOf, sessionOf, waterfallsOf } from "./sample-reports";

/** Strings that must be nothing but text wherever they are written. */
export const hostile = {
  script: `<script>globalThis.hit = 1</script>"&'><img src=x onerror="globalThis.hit = 2">]]>`,
  style: "</style></title><style>*{display:none}</style>",
  direction: "pod-\u202egnp.exe",
  unseen: "gpt\u200b-\u2066\u00ad4o\ufe0f\u{e0041}\u061c",
  control: "bell\u0007 nul\u0000 lone\ud800 next\u0085 line\nbreak\ttab",
  long: "x".repeat(400),
  url: "javascript:alert(1)",
} as const;

/** Every check that there is, with all the evidence that is shown in a form of its own. */
export function fullReport(): Report {
  const report = reportOf();
  const raced = ["77aa-race-001", "77aa-race-002"];
  const answers = pods.flatMap((replica, i) => [[replica, models[i % 2] ?? null] as const, [replica, models[1]] as const]);
  const own = { model: models[1], route: null, ttlSeconds: null };
  return {
    ...report,
    verdict: "fail",
    reason: "faults: Redis clients killed: new sessions are not shared 20 s after it",
    durationMs: 684_000,
    checks: [
      ...report.checks,
      checkOf("traces", "pass", "12 unpinned requests were routed", { waterfalls: waterfallsOf("8f511022-001") }),
      checkOf("race", "pass", "2 sessions were begun on 3 replicas at once: both got different first answers", {
        raced: 2,
        sessions: raced.map((id) => ({ id, agreedAfterMs: 84 })),
      }),
      checkOf("scale", "pass", "pins made before a replica was added are honoured by it", {
        durationMs: 2_521_000,
        events: [eventOf("Add a replica", [100, 4_200, 6_100, 9_000], "pass")],
      }),
      checkOf("faults", "fail", "Redis clients killed: new sessions are not shared 20 s after it", {
        durationMs: 50_000,
        events: [
          eventOf("Delete a pod", [0, 1_000, 3_000, 5_000], "pass"),
          eventOf("Kill Redis clients", [10_000, 10_500, null, 40_000], "fail"),
          eventOf("Restart Redis", [41_000, null, null, 50_000], "unknown"),
        ],
      }),
    ],
    sessions: [...report.sessions, ...raced.map((id) => sessionOf(id, "pass", answers, own))],
  };
}

/** Twenty replicas with names that would break what does not escape them. */
export function hostileReport(): Report {
  const { script, style, direction, unseen, control, long } = hostile;
  const names = [...Array.from({ length: 16 }, (_, i) => `plano-7c9d5-${i}xyz`), script, long, style, direction];
  const sessions = goodSessions(40, names, "k8s-session-");
  return reportOf({
    verdict: "unknown",
    reason: `${script} ${control} ${long}`,
    target: `${style} ${long}`,
    replicas: names.map((name, i) => ({ name, url: i % 2 === 0 ? hostile.url : `http://10.0.0.1/${long}` })),
    checks: [
      checkOf("pinning", "unknown", script, {
        [script]: control,
        [style]: [long, { [script]: { deep: { deeper: { deepest: { end: script } } } } }],
        rows: Array.from({ length: 60 }, (_, round) => ({ prompt: script, round, answers: [{ replica: long, model: script }] })),
        latencies: names.map((name) => latenciesOf(name, 16)),
      }),
      checkOf(style, "fail", control),
      checkOf("faults", "pass", long, { events: [eventOf(script, [0, 10, 20, 30], "pass")] }),
      checkOf("traces", "pass", "x", { waterfalls: waterfallsOf(long, [script, style]) }),
    ],
    sessions: [
      ...sessions,
      sessionOf(
        `k8s-session-${long}`,
        "fail",
        [
          [long, script],
          [script, style],
        ],
        { route: script },
      ),
      sessionOf(script, "unknown", [
        [style, unseen],
        [direction, null],
      ]),
    ],
  });
}
