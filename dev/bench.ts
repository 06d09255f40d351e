import { readFile } from "node:fs/promises";
import { delimiter, dirname } from "node:path";
import {
  benchUsage,
  chapters,
  machine,
  type Measurements,
  merge,
  missedRows,
  readBenchRequest,
  readMeasurements,
  runBench,
  type StartProfile,
  terminal,
  whyNoStack,
  writeMeasurements,
} from "./bench/index";
import { streamProgress } from "../lib/progress";
import { ensureTools } from "../sandbox/toolchain/ensure";
import { sandboxTools } from "../sandbox/toolchain/tools";
import { interruption, runTask, UserError } from "../commands/main";

/** `npm run bench [-- …]`: measures, and writes docs/performance.md; exit code 1 when a target is missed. */
runTask(async (args) => {
  const request = readBenchRequest(args);
  if (request === undefined) throw new UserError(benchUsage);
  const { size, parts, emptyCaches } = request;
  const signal = interruption();
  const progress = streamProgress(process.stderr);
  if (parts.includes("stack") && whyNoStack() === undefined)
    await ensureTools(["kubernetes", "pulumi", ...sandboxTools.slice(1)], progress, signal);
  if (parts.length > 0) {
    const { redis } = await ensureTools(["redis"], progress, signal);
    const folders = Object.values(redis.binaries).map((it) => dirname(it));
    process.env.PATH = [...new Set(folders), process.env.PATH ?? ""].join(delimiter);
  }

  let measured: Measurements = {};
  const found = async (news: Measurements): Promise<void> => {
    measured = merge(measured, news);
    if (size === "full") await writeMeasurements(merge(await readMeasurements(), news));
  };
  if (emptyCaches === undefined) await found({});
  else await found({ emptyCaches: JSON.parse(await readFile(emptyCaches, "utf8")) as StartProfile });
  await runBench(request, (title, work) => progress.step(title, work), found, signal);

  const shown = chapters(measured);
  const texts = parts.flatMap((part) => shown[part].map(terminal));
  if (texts.length > 0) process.stdout.write(`${[machine(), ...texts].join("\n\n")}\n`);
  const missed = missedRows(measured);
  if (missed.length > 0) process.stdout.write(`${missed.length} missed: ${missed.map((row) => row.what).join("; ")}\n`);
  return missed.length === 0 ? 0 : 1;
});
