/** What the Pulumi resource of `redis-check.ts` does, as a process of its own. */
import type { V1Pod } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { setTimeout as delay } from "node:timers/promises";
import { serve } from "../../lib/dynamic/serve";
import { checkJob, type CheckJobArgs } from "./check-job";
import { type Findings, findingsProblem } from "./findings";

/** What the check is told. */
export interface RedisCheckInputs extends CheckJobArgs {
  /** Content of a kubeconfig. */
  readonly kubeconfig: string;
  readonly namespace: string;
  /** `host:port` of the Redis, for messages; no password is in it. */
  readonly host: string;
  /** Changes when the URL does. */
  readonly checksum: string;
}

/** For the pod to be scheduled, its image to be pulled, and the check itself, in milliseconds. */
const limitMs = 300_000;

serve<RedisCheckInputs>({
  async check(inputs, signal) {
    const { namespace } = inputs;
    const { BatchV1Api, CoreV1Api, KubeConfig } = await import("@kubernetes/client-node");
    const config = new KubeConfig();
    config.loadFromString(inputs.kubeconfig);
    const [batch, core] = [config.makeApiClient(BatchV1Api), config.makeApiClient(CoreV1Api)];
    const { metadata } = await batch.createNamespacedJob({ namespace, body: checkJob(inputs) });
    const name = metadata?.name ?? "";
    try {
      let seen = "no pod yet";
      for (const end = Date.now() + limitMs; Date.now() < end; await delay(300, undefined, { signal })) {
        const { items } = await core.listNamespacedPod({ namespace, labelSelector: `job-name=${name}` });
        const [pod] = items;
        const ended = pod?.status?.containerStatuses?.[0]?.state?.terminated;
        if (ended === undefined) {
          seen = stateOf(pod) ?? seen;
          continue;
        }
        const findings = readFindings(ended.message, ended.exitCode);
        const problem = findingsProblem(findings, inputs.host);
        if (problem !== undefined) throw new Error(problem);
        return { policy: "policy" in findings ? findings.policy : null };
      }
      throw new Error(
        `redisUrl: the Redis at ${inputs.host} could not be asked from within the cluster within ${limitMs / 1000} s; last seen: ${seen}.\n` +
          `  → look at the Jobs and pods of namespace ${namespace} (kubectl get pods -n ${namespace} -l app=redis-check), and run up again`,
      );
    } finally {
      await batch
        .deleteNamespacedJob({ namespace, name, propagationPolicy: "Background" })
        .catch((error: unknown) => process.stderr.write(` • Job ${name} removes itself in 5 minutes: ${String(error)}\n`));
    }
  },
});

function stateOf(pod: V1Pod | undefined): string | undefined {
  const waiting = pod?.status?.containerStatuses?.[0]?.state?.waiting;
  if (waiting?.reason !== undefined) return `${waiting.reason} ${waiting.message ?? ""}`.trim();
  const unscheduled = pod?.status?.conditions?.find((it) => it.type === "PodScheduled" && it.status === "False");
  return unscheduled?.message ?? pod?.status?.phase;
}

function readFindings(message: string | undefined, exitCode: number): Findings {
  try {
    return JSON.parse(message ?? "") as Findings;
  } catch {
    return { step: "check", error: `the program ended with exit code ${exitCode} and said nothing` };
  }
}
