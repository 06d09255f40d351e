import { type Figure, misses, renderFigures } from "./bench/figures";
import { compileBench } from "./bench/verifier";
import { temporaryFolder } from "../lib/files";
import { streamProgress } from "../lib/progress";
import { ensureTools } from "../sandbox/toolchain/ensure";
import { interruption, machine, pathWith, runTask, UserError } from "../commands/main";

/** `npm run bench [-- quick]`: prints what it measures of the verifier; exit code 1 when a target is missed. */
runTask(async (args) => {
  const isQuick = args[0] === "quick";
  if (args.length > (isQuick ? 1 : 0)) throw new UserError("usage: npm run bench [-- quick]");
  const signal = interruption();
  const progress = streamProgress(process.stderr);
  process.env.PATH = pathWith(await ensureTools(["redis"], progress, signal));
  const scale = isQuick ? { runs: 1, sessions: 200 } : { runs: 5, sessions: 1_000 };
  await using folder = await temporaryFolder("plano-affinity-bench-");
  const { benchmarks } = await progress.step("programs", () => compileBench(folder.path, scale, signal));
  const figures: Figure[] = [];
  for (const [title, benchmark] of Object.entries(benchmarks)) figures.push(await progress.step(title, benchmark));
  process.stdout.write(`${machine()}\n${renderFigures(figures)}\n`);
  return figures.some(misses) ? 1 : 0;
});
