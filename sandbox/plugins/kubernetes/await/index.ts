import { groupOf } from "../objects";
import type { ReadinessRule } from "./readiness";
import { autoscaler } from "./scaling";
import { service } from "./services";
import { volumeClaim } from "./storage";
import { daemonSet, deployment, job, pod, statefulSet } from "./workloads";

const RULES: ReadonlyMap<string, ReadinessRule> = new Map([
  ["apps/Deployment", deployment],
  ["apps/StatefulSet", statefulSet],
  ["apps/DaemonSet", daemonSet],
  ["batch/Job", job],
  ["autoscaling/HorizontalPodAutoscaler", autoscaler],
  ["/Service", service],
  ["/PersistentVolumeClaim", volumeClaim],
  ["/Pod", pod],
]);

/** What makes an object of this kind ready; undefined for kinds that are ready once they are there. */
export function readinessRule(apiVersion: string, kind: string): ReadinessRule | undefined {
  return RULES.get(`${groupOf(apiVersion)}/${kind}`);
}

export { NotReadyError, waitUntilGone, waitUntilReady, type WaitTerms } from "./wait";
