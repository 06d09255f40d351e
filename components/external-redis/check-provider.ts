/** What the Pulumi resource of `external-redis.ts` does, as a process of its own. */
import type { V1Pod } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { serve } from "../../lib/dynamic/serve";
import { KubernetesApi } from "../../lib/kubernetes/api";
import { clientConfig } from "../../lib/kubernetes/client-node";
import { KubernetesError } from "../../lib/kubernetes/errors";
import { waitFor, WaitTimeout } from "../../lib/wait";
import { checkJob, type CheckJobArgs } from "./check-job";
import { podsOf } from "../../verify/targets/pods";
import { type Findings, findingsProblem } from "./findings";

/** What the check is told. */
export interface RedisCheckInputs extends CheckJobArgs {
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
    const { namespace, host, kubeconfig: content } = inputs;
    using api = await KubernetesApi.connect(await clientConfig({ content }));
    const jobs = `/apis/batch/v1/namespaces/${namespace}/jobs`;
    const job = await api.json<{ metadata: { name: string } }>({ method: "POST", path: jobs, body: checkJob(inputs), signal });
    const { name } = job.metadata;
    const pods = { path: `/api/v1/namespaces/${namespace}/pods`, query: { labelSelector: `job-name=${name}` }, signal };
    const isFinal = (error: unknown): boolean => error instanceof KubernetesError;
    try {
      const findings = await waitFor({ subject: name, limitMs, intervalMs: 300, signal, isFinal }, async () => {
        const { items } = await api.json<{ items: readonly V1Pod[] }>(pods);
        const ended = items[0]?.status?.containerStatuses?.[0]?.state?.terminated;
        const waiting = items[0]?.status?.containerStatuses?.[0]?.state?.waiting;
        if (ended === undefined) throw new Error(waiting?.message ?? podsOf(items)[0]?.state ?? "no pod yet");
        return readFindings(ended.message, ended.exitCode);
      });
      const problem = findingsProblem(findings, host);
      if (problem !== undefined) throw new Error(problem);
      return findings;
    } catch (error) {
      if (!(error instanceof WaitTimeout)) throw error;
      throw new Error(
        `redisUrl: the Redis at ${host} could not be asked from within the cluster within ${limitMs / 1000} s; last seen: ${error.lastSeen}.\n` +
          `  → look at the Jobs and pods of namespace ${namespace} (kubectl get pods -n ${namespace} -l app=redis-check), and run up again`,
      );
    } finally {
      await api
        .text({ method: "DELETE", path: `${jobs}/${name}`, body: { propagationPolicy: "Background" } })
        .catch((error: unknown) => process.stderr.write(` • Job ${name} removes itself in 5 minutes: ${String(error)}\n`));
    }
  },
});

function readFindings(message: string | undefined, exitCode: number): Findings {
  try {
    return JSON.parse(message ?? "") as Findings;
  } catch {
    return { step: "check", error: `the program ended with exit code ${exitCode} and said nothing` };
  }
}
