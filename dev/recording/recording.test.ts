import assert from "node:assert/strict";
import { homedir, hostname } from "node:os";
import { anonymous, chunksOf } from "./capture";
import { type Frame, play, shortened } from "./screen";
import { renderFilm } from "./svg";

const size = { columns: 40, rows: 4 };
const at = (atMs: number, text: string): { atMs: number; text: string } => ({ atMs, text });

describe("the recording of a run", () => {
  it("has what was printed, at its time, from the logs of script", () => {
    const output = Buffer.from("Script started on …\n ✓ done\r\n$ \nScript done on …\n");
    const timing = "0.5 4\n1.25 7\nH 0.1 SIG\nO 0.25 2\n";
    assert.deepEqual(chunksOf(output, timing), [at(500, " ✓"), at(1_750, " done\r\n"), at(2_000, "$ ")]);
  });

  it("says nothing of the machine that it was made on", () => {
    const said = `in /a/b/Pulumi.yaml, /a/b, ${homedir()}/.cache/x on ${hostname()}; /a/bc and /x/a/b stay`;
    assert.equal(
      anonymous(said, "/a/b"),
      "in ~/plano-affinity/Pulumi.yaml, ~/plano-affinity, ~/.cache/x on host; /a/bc and /x/a/b stay",
    );
  });

  it("shows lines that are written over, in their colours, and keeps the text that has scrolled away", async () => {
    const { frames, text } = await play(
      [
        at(0, "one\r\n"),
        at(100, "\u001b[36m⠋\u001b[39m two"),
        at(200, "\r\u001b[2K\u001b[32m✓\u001b[39m two\r\n"),
        at(300, "3\r\n4\r\n5"),
      ],
      size,
    );
    assert.deepEqual(
      frames.map(({ lines }) => lines.map((line) => line.map((run) => run.text).join(""))),
      [
        ["one", "", "", ""],
        ["one", "⠋ two", "", ""],
        ["one", "✓ two", "", ""],
        ["✓ two", "3", "4", "5"],
      ],
    );
    assert.equal(frames[2]?.lines[1]?.[0]?.color, 2);
    assert.equal(text, "one\n✓ two\n3\n4\n5\n");
  });

  it("keeps a long line in one piece in the text", async () => {
    const { text } = await play([at(0, `${"x".repeat(50)}\r\nend`)], size);
    assert.equal(text, `${"x".repeat(50)}\nend\n`);
  });

  it("shortens pauses and the whole, and keeps the last frame", () => {
    const frames = [0, 100, 10_000, 10_010, 60_000].map((atMs): Frame => ({ atMs, lines: [] }));
    assert.deepEqual(
      shortened(frames, { longestPauseMs: 500, totalMs: 10_000, most: 1_000 }).map(({ atMs }) => atMs),
      [0, 100, 600, 610, 1_110],
    );
    assert.deepEqual(
      shortened(frames, { longestPauseMs: 100_000, totalMs: 6_000, most: 6 }).map(({ atMs }) => atMs),
      [10, 1_001, 6_000],
    );
  });

  it("is an SVG that ends with the last frame, also where nothing moves, and writes a line once", async () => {
    const { frames } = await play([at(0, "a < b & c\r\n"), at(1_000, "next")], size);
    const svg = renderFilm(frames, size, "npm start: <pass>");
    assert.match(svg, /<title id="title">npm start: &lt;pass&gt;<\/title>/);
    assert.equal(svg.match(/a &lt; b &amp; c/g)?.length, 1);
    assert.equal(svg.match(/<use href="#l0" y="0"\/>/g)?.length, 2);
    assert.match(svg, /\.film\{transform:translateY\(-96px\);animation:film 2\.0s step-end 1 both\}/);
    assert.match(svg, /@media \(prefers-reduced-motion:reduce\)\{\.film\{animation:none\}\}/);
  });
});
