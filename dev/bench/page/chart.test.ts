import assert from "node:assert/strict";
import { drawChart } from "./chart";
import { charts } from "./charts";
import { sample } from "../testing/sample";

/** WCAG 2's contrast of two colours as `#rrggbb`. */
function contrast(a: string, b: string): number {
  const luminance = (colour: string): number => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
      const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05;
  };
  return Math.max(luminance(a) / luminance(b), luminance(b) / luminance(a));
}

function texts(svg: string): readonly string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text = ""]) => text);
}

describe("the pictures of docs/performance.md", () => {
  it("are of what was measured", () => {
    assert.deepEqual(Object.keys(charts({ sessions: sample.sessions })), ["growth-sessions.svg", "growth-memory.svg"]);
    assert.deepEqual(Object.keys(charts({ replicas: sample.replicas })), ["growth-replicas.svg"]);
  });

  it("say what is on the axes in which unit, and write the values beside the points", async () => {
    const drawn = async (name: string): Promise<readonly string[]> => {
      const chart = charts(sample)[name];
      assert.ok(chart !== undefined);
      return texts(await drawChart(chart));
    };
    const [time, memory, replicas] = [
      await drawn("growth-sessions.svg"),
      await drawn("growth-memory.svg"),
      await drawn("growth-replicas.svg"),
    ];
    for (const text of ["sessions", "wall time (s)", "100", "10,000", "0.60 s", "550 s"]) assert.ok(time.includes(text), text);
    for (const text of ["peak memory of the verifier (MiB)", "92 MiB", "limit: 300 MiB"]) assert.ok(memory.includes(text), text);
    for (const text of ["replicas", "2", "20", "400 sessions", "as few sessions as cover all pairs"])
      assert.ok(replicas.includes(text), text);
  });

  it("are the same for the same figures, and can be read on white and on GitHub's dark", async () => {
    for (const [name, chart] of Object.entries(charts(sample))) {
      const svg = await drawChart(chart);
      assert.equal(await drawChart(chart), svg, name);
      assert.doesNotMatch(svg, /fill="(white|#fff)/);
      const colours = new Set([...svg.matchAll(/<text[^>]*fill="(#[0-9a-f]{6})"/g)].map(([, colour = ""]) => colour));
      assert.ok(colours.size > 0);
      for (const colour of colours) {
        for (const ground of ["#ffffff", "#0d1117"])
          assert.ok(contrast(colour, ground) >= 3, `${name}: ${colour} on ${ground} has ${contrast(colour, ground).toFixed(2)}`);
      }
    }
  });
});
