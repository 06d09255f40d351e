import Table from "cli-table3";
import { compilePrograms, concurrency, onStandins } from "./bench/programs";
import { temporaryFolder } from "../lib/files";
import { streamProgress } from "../lib/progress";
import { ensureTools } from "../sandbox/toolchain/ensure";
import { interruption, machine, pathWith, runTask, UserError } from "../commands/main";

/** Milliseconds that the slow upstream takes for an answer, and for a routing decision. */
const slowMs = 5;

/** The middle of an odd number of values. */
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** `npm run bench [-- quick]`: prints what it measures of the verifier; exit code 1 when a target is missed. */
runTask(async (args) => {
  const isQuick = args[0] === "quick";
  if (args.length > (isQuick ? 1 : 0)) throw new UserError("usage: npm run bench [-- quick]");
  const signal = interruption();
  const progress = streamProgress(process.stderr);
  process.env.PATH = pathWith(await ensureTools(["redis"], progress, signal));
  const [runs, many] = isQuick ? [1, 200] : [5, 1_000];
  const behind = isQuick ? "one run" : `median of ${runs} runs`;
  await using folder = await temporaryFolder("plano-affinity-bench-");
  const { verifier, pool, time } = await progress.step("programs", () => compilePrograms(folder.path, signal));

  /** The verifier alone, or in turn with a pool, so that a change in the machine's speed affects both. */
  const measure = (sessions: number, upstreamMs: number, atOnce?: number, race?: boolean) =>
    onStandins(upstreamMs, async (urls, redisUrl) => {
      const [own, others]: [number[], number[]] = [[], []];
      while (own.length < runs) {
        own.push(await time(verifier(sessions, urls, redisUrl, race)));
        if (atOnce !== undefined) others.push(await time(pool(sessions, urls, atOnce)));
      }
      const both = `verifier ${median(own).toFixed(2)} s, pool ${median(others).toFixed(2)} s; ${behind}`;
      const ratio = median(own.map((it, i) => it / (others[i] ?? Number.NaN)));
      return { seconds: median(own), ratio, note: atOnce === undefined ? behind : both };
    });

  const table = new Table({ head: ["what", "target", "measured", "from"], style: { head: [], border: [], compact: true } });
  let code = 0;
  const add = (what: string, bound: "≤" | "≥", target: number, value: number, unit: string, note: string): void => {
    const isMet = bound === "≤" ? value <= target : value >= target;
    if (!isMet) code = 1;
    table.push([what, `${bound} ${target.toFixed(2)} ${unit}`, `${value.toFixed(2)} ${unit}${isMet ? "" : ": missed"}`, note]);
  };
  const small = await progress.step("a small run", () => measure(4, 0));
  add("4 sessions × 4 rounds, with Redis inspection", "≤", 0.8, small.seconds, "s", small.note);
  const raced = await progress.step("a small run, with races", () => measure(4, 0, undefined, true));
  add("the same with race", "≤", 1.5, raced.seconds, "s", raced.note);
  const atOnce = await progress.step("against a pool without checks", () => measure(many, 0, concurrency));
  add(`${many} × 4, with Redis inspection: time ÷ pool`, "≤", 2, atOnce.ratio, "×", atOnce.note);
  const inTurn = await progress.step("against one request after another", () => measure(many, slowMs, 1));
  const slow = `${many} × 4, upstream takes ${slowMs} ms: one request after another ÷ verifier`;
  add(slow, "≥", 5, 1 / inTurn.ratio, "×", inTurn.note);
  process.stdout.write(`${machine()}\n${table.toString()}\n`);
  return code;
});
