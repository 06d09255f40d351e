// Who has no cluster of their own means the sandbox. Imported for its effect, before the verifier.
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { sandboxFolder } from "../sandbox/lifecycle/registry";
import { nodePaths } from "../sandbox/node/spec";

/** The sandbox that a stack makes when nothing else is configured. */
const kubeconfig = nodePaths(sandboxFolder("plano-demo")).kubeconfig;

if (process.env.KUBECONFIG === undefined && !existsSync(join(homedir(), ".kube", "config")) && existsSync(kubeconfig)) {
  process.env.KUBECONFIG = kubeconfig;
}
