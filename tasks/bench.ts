import { delimiter, dirname } from "node:path";
import Table from "cli-table3";
import { cells, headings, machine, runBench, writeDocument } from "../bench";
import { streamProgress } from "../sandbox/common/progress";
import { ensureTool } from "../sandbox/toolchain/ensure";
import { tools } from "../sandbox/toolchain/tools";
import { interruption, runTask, UserError } from "./main";
import "./sandbox-kubeconfig";

/** `npm run bench [-- quick]`: a table of ratios and their targets; exit code 1 when one is missed. */
runTask(async (args) => {
  const [size = "full", ...more] = args;
  if ((size !== "full" && size !== "quick") || more.length > 0)
    throw new UserError("usage: npm run bench, or npm run bench -- quick");
  const signal = interruption();
  const progress = streamProgress(process.stderr);
  const redis = await ensureTool(tools.redis, progress, signal);
  const folders = Object.values(redis.binaries).map((it) => dirname(it));
  process.env.PATH = [...new Set(folders), process.env.PATH ?? ""].join(delimiter);

  const rows = await runBench(size, (title, work) => progress.step(title, work), signal);
  const table = new Table({
    head: [...headings],
    colWidths: [44, 12, 14, 8, 40],
    wordWrap: true,
    style: { head: [], border: [] },
  });
  for (const row of rows) table.push(cells(row).map((text) => text.replaceAll("*", "")));
  process.stdout.write(`${machine()}\n${table.toString()}\n`);
  if (size === "full") await writeDocument(rows);
  const missed = rows.filter((row) => row.met === false);
  if (missed.length > 0) process.stdout.write(`${missed.length} missed: ${missed.map((row) => row.what).join("; ")}\n`);
  return missed.length === 0 ? 0 : 1;
});
