import { deadlineSeconds } from "./deadline";
import { jobArguments, promptsFile, type JobOptions } from "./job-arguments";
import { uniqueName } from "./labels";
import { manifestsOf, type Manifests } from "./manifests";
import { packProgram, type Program } from "./program";

/** How long a Job that has ended is kept, in seconds. */
const keepSeconds = {
  /** Its log is still to be read. */
  printed: 3_600,
  /** It is there only if the process that made it was killed before it could remove it. */
  applied: 300,
} as const;

/** What a run inside the cluster consists of. */
export interface PlannedRun extends Manifests {
  /** Name of its objects. */
  readonly name: string;
  readonly namespace: string;
  readonly deadlineSeconds: number;
}

/**
 * Plans a run under a new name.
 * @param mode `printed`: its log is the JSON report; `applied`: see `JobPlan.isApplied`
 * @throws UsageError when program and prompts are too large
 */
export function planRun(options: JobOptions, program: Program, image: string, mode: keyof typeof keepSeconds): PlannedRun {
  const { prompts, target, checks } = options;
  const files = prompts === undefined ? program.files : { ...program.files, [promptsFile]: `${prompts.join("\n")}\n` };
  const isApplied = mode === "applied";
  const plan = {
    name: uniqueName(),
    namespace: target.namespace,
    image,
    args: [...jobArguments(options), ...(isApplied ? [] : ["--quiet"])],
    deadlineSeconds: deadlineSeconds(options),
    keepSeconds: keepSeconds[mode],
    readsRedis: checks.includes("redis"),
    isApplied,
  };
  const { name, namespace } = plan;
  return { name, namespace, deadlineSeconds: plan.deadlineSeconds, ...manifestsOf(plan, packProgram({ ...program, files })) };
}
