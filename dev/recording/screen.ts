import { type IBufferCell, type IBufferLine, Terminal } from "@xterm/headless";
import type { Chunk, Size } from "./capture";

/** Characters that look the same, side by side. */
export interface Run {
  /** Column of the first. */
  readonly at: number;
  readonly text: string;
  /** Columns that it takes. */
  readonly width: number;
  /** 0 to 255 of the palette; undefined for the terminal's own. */
  readonly color: number | undefined;
  readonly bold: boolean;
  readonly dim: boolean;
}

/** What stands on the terminal at one time, from top to bottom. */
export interface Frame {
  readonly atMs: number;
  readonly lines: readonly (readonly Run[])[];
}

/** What a recording shows. */
export interface Film {
  readonly frames: readonly Frame[];
  /** All that was printed, also what has left the screen. */
  readonly text: string;
}

/** Plays chunks on a terminal, and looks at it after each. */
export async function play(chunks: readonly Chunk[], { columns, rows }: Size): Promise<Film> {
  const terminal = new Terminal({ cols: columns, rows, scrollback: 10_000, allowProposedApi: true });
  const frames: Frame[] = [];
  let last = "";
  for (const { atMs, text } of chunks) {
    await new Promise<void>((done) => terminal.write(text, done));
    const { active } = terminal.buffer;
    const lines = Array.from({ length: rows }, (_, row) => runsOf(active.getLine(active.viewportY + row), columns));
    const now = JSON.stringify(lines);
    if (now !== last) frames.push({ atMs, lines });
    last = now;
  }
  const { active } = terminal.buffer;
  const printed = Array.from({ length: active.length }, (_, row) => active.getLine(row))
    // A line that was too long for the terminal is one line all the same.
    .map((line, i) => `${i > 0 && line?.isWrapped !== true ? "\n" : ""}${line?.translateToString(true) ?? ""}`);
  terminal.dispose();
  return { frames, text: `${printed.join("").trimEnd()}\n` };
}

/** Pure: a line of the terminal as runs, without blanks at its end. */
function runsOf(line: IBufferLine | undefined, columns: number): Run[] {
  const runs: Run[] = [];
  for (let at = 0; line !== undefined && at < columns; at++) {
    const cell = line.getCell(at);
    if (cell === undefined || cell.getWidth() === 0) continue;
    const one = { at, text: cell.getChars() === "" ? " " : cell.getChars(), width: cell.getWidth(), ...lookOf(cell) };
    const before = runs.at(-1);
    if (before === undefined || look(before) !== look(one)) runs.push(one);
    else runs[runs.length - 1] = { ...before, text: before.text + one.text, width: before.width + one.width };
  }
  const last = runs.at(-1);
  if (last !== undefined) runs[runs.length - 1] = { ...last, text: last.text.trimEnd() };
  return runs.filter(({ text }) => text.trim() !== "");
}

const look = ({ color, bold, dim }: Run): string => `${color} ${bold} ${dim}`;

function lookOf(cell: IBufferCell): Pick<Run, "color" | "bold" | "dim"> {
  return {
    color: cell.isFgPalette() ? cell.getFgColor() : undefined,
    bold: cell.isBold() !== 0,
    dim: cell.isDim() !== 0,
  };
}

/**
 * Shortens the time: no pause is longer than `longestPauseMs`, all together takes at most `totalMs`, and at most `most`
 * frames are left. The last one always is.
 */
export function shortened(
  frames: readonly Frame[],
  { longestPauseMs, totalMs, most }: Readonly<Record<"longestPauseMs" | "totalMs" | "most", number>>,
): Frame[] {
  let [real, played] = [0, 0];
  const closer = frames.map((frame) => {
    played += Math.min(frame.atMs - real, longestPauseMs);
    real = frame.atMs;
    return { ...frame, atMs: played };
  });
  const factor = Math.min(1, totalMs / Math.max(played, 1));
  const slot = Math.min(played, totalMs) / most;
  return closer
    .map((frame) => ({ ...frame, atMs: frame.atMs * factor }))
    .filter((frame, i, all) => {
      const next = all[i + 1];
      return next === undefined || Math.floor(next.atMs / slot) > Math.floor(frame.atMs / slot);
    });
}
