import { type Figure, misses, renderFigures } from "./bench/figures";
import { stackFigures } from "./bench/stack";
import { VerifierBench } from "./bench/verifier";
import { temporaryFolder } from "../lib/files";
import { streamProgress } from "../lib/progress";
import { ensureTools } from "../sandbox/toolchain/ensure";
import { sandboxTools } from "../sandbox/toolchain/tools";
import { interruption, machine, pathWith, runTask, UserError } from "../commands/main";

/** `npm run bench [-- quick | verifier | stack]`: prints what it measures; exit code 1 when a target is missed. */
runTask(async (args) => {
  const [what = "all", ...more] = args;
  if (!["all", "quick", "verifier", "stack"].includes(what) || more.length > 0)
    throw new UserError("usage: npm run bench [-- quick | verifier | stack]");
  const hasSandbox = process.platform === "linux" && process.getuid?.() === 0;
  if (what === "stack" && !hasSandbox) throw new UserError("the stack cannot be measured: the sandbox needs Linux and root");
  const signal = interruption();
  const progress = streamProgress(process.stderr);
  const figures: Figure[] = [];
  if (what !== "stack") {
    process.env.PATH = pathWith(await ensureTools(["redis"], progress, signal));
    const scale = what === "quick" ? { runs: 1, sessions: 200 } : { runs: 5, sessions: 1_000 };
    await using folder = await temporaryFolder("plano-affinity-bench-");
    const bench = await progress.step("programs", () => VerifierBench.compile(folder.path, scale, signal));
    for (const [title, benchmark] of Object.entries(bench.benchmarks)) figures.push(await progress.step(title, benchmark));
  }
  if (what === "stack" || (what === "all" && hasSandbox)) {
    await ensureTools(["kubernetes", "pulumi", ...sandboxTools.slice(1)], progress, signal);
    figures.push(...(await progress.step("the stack on a sandbox", (detail) => stackFigures(signal, detail))));
  } else if (what === "all") process.stderr.write("the stack is not measured: the sandbox needs Linux and root\n");
  process.stdout.write(`${machine()}\n${renderFigures(figures)}\n`);
  return figures.some(misses) ? 1 : 0;
});
