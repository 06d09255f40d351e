import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { streamProgress } from "../lib/progress";
import { ensureTools } from "../sandbox/toolchain/ensure";
import { shortcomings, titleOf } from "./mutations/mutation";
import { page } from "./mutations/page";
import { healthyRuns, playHealthy, playMutations, Scene } from "./mutations/play";
import { mutations } from "./mutations/table";
import { interruption, pathWith, projectFolder, runTask } from "../commands/main";

/** `npm run mutations`: does the verifier find every bug, and none where there is none? Writes docs/faults.md. */
runTask(async () => {
  const progress = streamProgress(process.stderr);
  const signal = interruption();
  process.env.PATH = pathWith(await ensureTools(["redis"], progress, signal));
  await using scene = await Scene.start();
  const played = await progress.step(`${mutations.length} mutations of the gateway`, () => playMutations(scene, signal));
  const missed = played.flatMap(({ mutation, outcome }) =>
    outcome === undefined ? [] : shortcomings(mutation, outcome).map((it) => `${titleOf(mutation)}: ${it}`),
  );
  for (const size of healthyRuns) {
    const title = `${size.runs} runs against ${size.replicas} healthy replicas with ${size.pins} pins`;
    missed.push(...(await progress.step(title, () => playHealthy(scene, size, signal))));
  }
  for (const it of missed) process.stdout.write(`${it}\n`);
  if (missed.length > 0) return 1;
  await writeFile(join(projectFolder, "docs", "faults.md"), page(played));
  process.stdout.write("every bug was named as docs/faults.md says\n");
  return 0;
});
