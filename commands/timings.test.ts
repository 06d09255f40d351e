import assert from "node:assert/strict";
import { componentTimings, renderTimings } from "./timings";

const urn = (types: string, name: string): string => `urn:pulumi:dev::my-gateway::${types}::${name}`;

const event = (timestamp: number, kind: "resourcePreEvent" | "resOutputsEvent", op: string, of: string): string =>
  JSON.stringify({ sequence: 1, timestamp, [kind]: { metadata: { op, urn: of } } });

describe("timings of npm start", () => {
  for (const whole of ["", "plano-affinity:index:PlanoStack$"])
    it(`say when each component was worked on, and the proof after all, below "${whole}"`, () => {
      const redis = urn(`${whole}plano-affinity:index:Redis$kubernetes:apps/v1:StatefulSet`, "redis");
      const plano = urn(`${whole}plano-affinity:index:Plano$kubernetes:apps/v1:Deployment`, "plano");
      const log = [
        JSON.stringify({ timestamp: 100, preludeEvent: { config: {} } }),
        event(101, "resourcePreEvent", "same", urn(`${whole}plano-affinity:index:Jaeger$kubernetes:core/v1:Service`, "jaeger")),
        event(102, "resourcePreEvent", "create", redis),
        event(103, "resourcePreEvent", "create", urn("pulumi:providers:kubernetes", "cluster")),
        event(105, "resourcePreEvent", "create", plano),
        event(106, "resOutputsEvent", "create", redis),
        event(109, "resOutputsEvent", "create", plano),
        event(101, "resourcePreEvent", "create", urn("plano-affinity:index:Proof", "proof")),
        event(111, "resOutputsEvent", "create", urn("plano-affinity:index:Proof", "proof")),
        event(112, "resOutputsEvent", "create", urn(whole.slice(0, -1), "whole")),
        "",
      ];
      assert.deepEqual(componentTimings(log.join("\n"), 100_500), [
        { step: "stack: Redis", fromMs: 1_500, toMs: 5_500 },
        { step: "stack: Plano", fromMs: 4_500, toMs: 8_500 },
        { step: "stack: Proof", fromMs: 8_500, toMs: 10_500 },
      ]);
    });

  it("are drawn over one time line", () => {
    const steps = [
      { step: "tools", fromMs: 0, toMs: 5_000 },
      { step: "stack: Redis", fromMs: 5_000, toMs: 10_000 },
      { step: "nothing", fromMs: 10_000, toMs: 10_000 },
    ];
    const lines = renderTimings(steps, 10).split("\n");
    assert.deepEqual(
      [3, 5, 7].map((line) => lines[line]),
      [
        "│ tools        │ 0.0 s  │ 5.0 s │ █████      │",
        "│ stack: Redis │ 5.0 s  │ 5.0 s │      █████ │",
        "│ nothing      │ 10.0 s │ 0.0 s │          █ │",
      ],
    );
  });
});
