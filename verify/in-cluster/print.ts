import { stringify } from "yaml";
import { planRun } from "./plan";
import type { JobOptions } from "./job-arguments";
import { selectorOf } from "./labels";
import type { Program } from "./program";

/**
 * Manifests for `kubectl apply -f -`, with the commands that go with them as comments.
 * @throws UsageError when program and prompts are too large
 */
export function renderManifests(options: JobOptions, program: Program, image: string): string {
  const { name, namespace, deadlineSeconds, needs, job } = planRun(options, program, image, "printed");
  const header = [
    "# Verifies from inside the cluster. Apply it with: kubectl apply -f -",
    `# Its JSON report, at most ${deadlineSeconds} s later: kubectl -n ${namespace} logs --follow job/${name}`,
    `# Remove it all: kubectl -n ${namespace} delete job,configmap,rolebinding,role,serviceaccount -l ${selectorOf(name)}`,
  ].join("\n");
  const documents = [...needs, job].map((manifest) => stringify(manifest, { lineWidth: 0, aliasDuplicateObjects: false }));
  return `${header}\n---\n${documents.join("---\n")}`;
}
