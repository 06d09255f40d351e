import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { projectName } from "../../clusters/project-name";
import { projectFolder } from "../../commands/main";
import { run } from "../../lib/command";
import { temporaryFolder } from "../../lib/files";
import { listSandboxes } from "../../sandbox/lifecycle/registry";
import { removeSandbox } from "../../sandbox/lifecycle/sandbox";
import { type Figure, median } from "./figures";

/**
 * The stack and its sandbox. The name begins as those of the end-to-end tests do, so that git ignores its settings and
 * the next tests remove what a run that was killed has left.
 */
const name = "e2e-bench";

const settingsFile = join(projectFolder, `Pulumi.${name}.yaml`);

/** Longest time of one command, in milliseconds; the first may have to build images. */
const limitMs = 900_000;

/** From nothing to nothing, so often. */
const cycles = 3;

/** What a cycle is made of: what npm runs, and the setting that is changed before. */
const steps: readonly { readonly what: string; readonly task: readonly string[]; readonly setting?: readonly string[] }[] = [
  { what: "first `npm start`: tools cached, no cluster", task: ["start"] },
  { what: "second `npm start`: nothing changed", task: ["start"] },
  { what: "`npm start` with three replicas in place of two", task: ["start"], setting: ["minReplicas", "3"] },
  { what: "`pulumi destroy`, the cluster included", task: ["pulumi", "destroy", "--yes", "--stack", name] },
];

/**
 * Times the stack on a sandbox of its own, from the start of Node.js to its end; the tools must be there.
 *
 * @param detail is told what is being run
 * @throws CommandError when a command does not succeed
 */
export async function stackFigures(signal: AbortSignal, detail: (text: string) => void): Promise<Figure[]> {
  await using folder = await temporaryFolder("plano-affinity-bench-");
  const times = steps.map((): number[] => []);
  try {
    for (let cycle = 1; cycle <= cycles; cycle++) {
      await removeLeftovers();
      const backend = await mkdtemp(join(folder.path, "backend-"));
      const prefix = projectName(projectFolder);
      await writeFile(settingsFile, stringify({ config: { [`${prefix}:cluster`]: "sandbox", [`${prefix}:clusterName`]: name } }));
      // Finds or installs Pulumi's plugins, which is not measured.
      await timeTask(["pulumi", "version"], backend, signal);
      for (const [i, { what, task, setting }] of steps.entries()) {
        detail(`${cycle} of ${cycles}: ${what}`);
        if (setting !== undefined) await timeTask(["pulumi", "config", "set", ...setting, "--stack", name], backend, signal);
        times[i]?.push(await timeTask(task, backend, signal));
      }
    }
  } finally {
    await removeLeftovers();
  }
  return steps.map(({ what }, i) => {
    const runs = times[i] ?? [];
    return { what, value: median(runs), unit: "s", note: `runs: ${runs.map((it) => it.toFixed(1)).join(", ")}` };
  });
}

/** Runs what an npm script runs, for stacks in the folder `backend`. @returns seconds */
async function timeTask(args: readonly string[], backend: string, signal: AbortSignal): Promise<number> {
  const own = { PULUMI_STACK: name, PULUMI_BACKEND_URL: `file://${backend}`, PULUMI_CONFIG_PASSPHRASE: "bench", NO_COLOR: "1" };
  const since = performance.now();
  const bootstrap = join("commands", "bootstrap", "run.mjs");
  await run(process.execPath, [bootstrap, ...args], { cwd: projectFolder, env: { ...process.env, ...own }, signal, limitMs });
  return (performance.now() - since) / 1000;
}

async function removeLeftovers(): Promise<void> {
  for (const sandbox of await listSandboxes()) if (sandbox.name === name) await removeSandbox(sandbox);
  await rm(settingsFile, { force: true });
}
