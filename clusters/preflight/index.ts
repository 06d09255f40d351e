import * as pulumi from "@pulumi/pulumi";
import { KubernetesApi } from "../../lib/kubernetes/api";
import { clientConfig } from "../../lib/kubernetes/client-node";
import { CredentialsError, Refusal } from "../../lib/kubernetes/errors";
import type { Kubeconfig } from "../../lib/kubernetes/kubeconfig";
import { checkKinds, checkMetrics, checkScaled, checkVersion, describeClusterWide } from "./checks/cluster";
import { checkNodePort } from "./checks/node-port";
import { checkForeignObjects, checkNamespace, checkRights } from "./checks/ownership";
import { checkForeignSecret } from "./checks/foreign-secret";
import { checkQuota } from "./checks/quota";
import { checkRefused } from "./checks/refused";
import { checkClaims, checkStorageClass, checkVolumes } from "./checks/volumes";
import { type ClusterFacts, holdsStack } from "./facts";
import { describeFinding, describeObstacles, type Finding, obstacle } from "./finding";
import type { Plan } from "./plan";
import { readFacts } from "./read-facts";

export { type Plan, stackAnnotation } from "./plan";

/** Each judges the facts by itself; what it could not look at is no obstacle. */
const checks: readonly ((facts: ClusterFacts, plan: Plan) => Finding[])[] = [
  checkVersion,
  checkRights,
  checkNamespace,
  checkForeignObjects,
  checkKinds,
  checkStorageClass,
  checkVolumes,
  checkClaims,
  checkMetrics,
  checkNodePort,
  checkQuota,
  checkForeignSecret,
  checkScaled,
  checkRefused,
  describeClusterWide,
];

/** Judges facts by every check. */
export function judge(facts: ClusterFacts, plan: Plan): Finding[] {
  return checks.flatMap((check) => check(facts, plan));
}

/**
 * Looks at a cluster of the user's before anything is made in it. It changes nothing there.
 *
 * @param voice where warnings and notes go
 * @returns whether anything of the stack is there already; undefined: that could not be seen
 * @throws pulumi.RunError with everything that would stop the stack half-way, each with its remedy.
 */
export async function preflight(
  cluster: Kubeconfig,
  plan: Plan,
  voice: Readonly<Record<"warn" | "info", (message: string) => unknown>> = pulumi.log,
): Promise<boolean | undefined> {
  const { findings, isThere } = await look(cluster, plan);
  const of = (severity: Finding["severity"]): Finding[] => findings.filter((it) => it.severity === severity);
  for (const it of of("warning")) voice.warn(describeFinding(it));
  const obstacles = of("error");
  if (obstacles.length > 0) throw new pulumi.RunError(describeObstacles(obstacles, `the cluster of context ${cluster.context}`));
  for (const it of of("note")) voice.info(describeFinding(it));
  return isThere;
}

async function look(cluster: Kubeconfig, plan: Plan): Promise<{ readonly findings: Finding[]; readonly isThere?: boolean }> {
  let facts: ClusterFacts;
  try {
    using api = await KubernetesApi.connect(await clientConfig(cluster));
    facts = await readFacts(api, plan, cluster.context);
  } catch (error) {
    return { findings: [connectionFinding(error, cluster)] };
  }
  return { findings: judge(facts, plan), isThere: holdsStack(facts, plan.stackId) };
}

/** Why a cluster could not be asked, and what to do. */
function connectionFinding(error: unknown, { context, server }: Pick<Kubeconfig, "context" | "server">): Finding {
  const check = `\`kubectl --context ${context} get namespaces\` should answer first`;
  const [said = ""] = (error instanceof Error ? error.message : String(error)).trim().split("\n");
  const reason = error instanceof Refusal ? `${server} answers ${error.status}: ${said.slice(0, 200)}` : said.slice(0, 300);
  if (error instanceof CredentialsError || (error instanceof Refusal && [401, 403].includes(error.status)))
    return obstacle("credentials", reason, `log in again, or write the context ${context} anew; ${check}`);
  const remedy = `start the cluster, write the context ${context} anew, or choose another: pulumi config set context …; ${check}`;
  return obstacle("cluster", reason, remedy);
}
