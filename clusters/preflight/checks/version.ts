import type { ClusterFacts } from "../facts";
import { type Finding, obstacle } from "../finding";

/** The oldest minor version of Kubernetes 1 on which the stack is known to run; docs/existing-clusters.md names it. */
const oldestMinor = 30;

/** The API server is recent enough. */
export function checkVersion({ version }: ClusterFacts): Finding[] {
  const [major, minor] = [version.major, version.minor].map((it) => Number.parseInt(it ?? "", 10));
  // What does not say its version is no reason to refuse it.
  if (major !== 1 || minor === undefined || Number.isNaN(minor) || minor >= oldestMinor) return [];
  const reason = `it runs Kubernetes ${version.gitVersion ?? `${version.major}.${version.minor}`}, and the stack needs 1.${oldestMinor} or newer`;
  return [obstacle("version", reason, "have the cluster upgraded, or choose another: pulumi config set context …")];
}
