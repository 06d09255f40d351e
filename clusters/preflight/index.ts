import * as pulumi from "@pulumi/pulumi";
import { KubernetesApi } from "../../lib/kubernetes/api";
import { clientConfig } from "../../lib/kubernetes/client-node";
import { describeClusterWide } from "./checks/cluster-wide";
import { checkCustomKinds } from "./checks/custom-kinds";
import { checkForeignObjects } from "./checks/foreign-objects";
import { checkLimitRange } from "./checks/limit-range";
import { checkMetrics } from "./checks/metrics";
import { checkMinikube } from "./checks/minikube";
import { checkNamespace } from "./checks/namespace";
import { checkNodePort } from "./checks/node-port";
import { checkPodSecurity } from "./checks/pod-security";
import { checkResourceQuota } from "./checks/resource-quota";
import { checkRights } from "./checks/rights";
import { checkStorageClass } from "./checks/storage-class";
import { checkVersion } from "./checks/version";
import { checkVolumes } from "./checks/volumes";
import { connectionFinding } from "./connection";
import type { ClusterFacts } from "./facts";
import { describeFinding, describeObstacles, type Finding } from "./finding";
import type { Plan } from "./plan";
import { holdsStack } from "./ownership";
import { type KubeconfigHints, readFacts } from "./read-facts";

export { type Plan, type PlannedContainer, type PlannedObject, type PlannedPods, stackAnnotation } from "./plan";

/** Each judges the facts by itself; what it could not look at is no obstacle. */
const checks: readonly ((facts: ClusterFacts, plan: Plan) => Finding[])[] = [
  checkVersion,
  checkRights,
  checkNamespace,
  checkForeignObjects,
  checkCustomKinds,
  checkPodSecurity,
  checkStorageClass,
  checkVolumes,
  checkMetrics,
  checkNodePort,
  checkResourceQuota,
  checkLimitRange,
  checkMinikube,
  describeClusterWide,
];

/** The cluster to look at. */
export interface PreflightCluster extends KubeconfigHints {
  /** Content of a kubeconfig whose current context is the cluster's. */
  readonly content: string;
  readonly server: string;
}

/** Where warnings and notes go. */
export interface PreflightVoice {
  readonly warn: (message: string) => void;
  readonly info: (message: string) => void;
}

/** Judges facts by every check. */
export function judge(facts: ClusterFacts, plan: Plan): Finding[] {
  return checks.flatMap((check) => check(facts, plan));
}

/**
 * Looks at a cluster of the user's before anything is made in it. It changes nothing there.
 *
 * @returns whether anything of the stack is there already; undefined: that could not be seen
 * @throws pulumi.RunError with everything that would stop the stack half-way, each with its remedy.
 */
export async function preflight(
  cluster: PreflightCluster,
  plan: Plan,
  voice: PreflightVoice = diagnostics,
): Promise<boolean | undefined> {
  const { findings, isThere } = await look(cluster, plan);
  for (const it of findings.filter(({ severity }) => severity === "warning")) voice.warn(describeFinding(it));
  const obstacles = findings.filter(({ severity }) => severity === "error");
  if (obstacles.length > 0) throw new pulumi.RunError(describeObstacles(obstacles, `the cluster of context ${cluster.context}`));
  for (const it of findings.filter(({ severity }) => severity === "note")) voice.info(describeFinding(it));
  return isThere;
}

async function look(
  cluster: PreflightCluster,
  plan: Plan,
): Promise<{ readonly findings: Finding[]; readonly isThere?: boolean }> {
  let facts: ClusterFacts;
  try {
    using api = await KubernetesApi.connect(await clientConfig(cluster));
    facts = await readFacts(api, plan, cluster);
  } catch (error) {
    return { findings: [connectionFinding(error, cluster)] };
  }
  return { findings: judge(facts, plan), isThere: holdsStack(facts, plan.stackId) };
}

const diagnostics: PreflightVoice = {
  warn: (message) => void pulumi.log.warn(message),
  info: (message) => void pulumi.log.info(message),
};
