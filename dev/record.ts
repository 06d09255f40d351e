import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runTask, UserError } from "../commands/main";
import { projectFolder } from "../commands/pulumi-environment";
import { anonymous, capture } from "./recording/capture";
import { play, shortened } from "./recording/screen";
import { renderFilm } from "./recording/svg";

const size = { columns: 118, rows: 62 };
/** What GitHub shows in a README should come at once. */
const limitBytes = 200_000;

/**
 * `npm run record [-- COMMAND]`: runs a command, `npm start` by default, on a terminal of its own, and writes what was
 * seen as docs/pictures/run.svg and run.txt. It needs `script` of util-linux.
 */
runTask(async ([line = "npm start", ...more]) => {
  if (more.length > 0) throw new UserError(`one command is recorded; put it in quotes: npm run record -- '${line} …'`);
  const { code, chunks } = await capture(line, projectFolder, size);
  if (code !== 0) throw new UserError(`nothing is written, for ${line} exited with ${code}`);
  const prompt = { atMs: 0, text: `$ ${line}\r\n` };
  const printed = chunks.map(({ atMs, text }) => ({ atMs: atMs + 500, text: anonymous(text, projectFolder) }));
  const { frames, text } = await play([prompt, ...printed], size);
  const film = shortened(frames, { longestPauseMs: 800, totalMs: 20_000, most: 60 });
  const svg = renderFilm(film, size, `A recording of ${line}. ${/^Affinity: .*$/m.exec(text)?.[0] ?? ""}`);
  if (svg.length > limitBytes) throw new UserError(`nothing is written, for the recording has ${svg.length} bytes`);
  const folder = join(projectFolder, "docs", "pictures");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "run.svg"), svg);
  await writeFile(join(folder, "run.txt"), text);
  process.stdout.write(`docs/pictures/run.svg: ${film.length} frames, ${svg.length} bytes; docs/pictures/run.txt\n`);
  return 0;
});
