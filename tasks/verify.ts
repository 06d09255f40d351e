import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { nodePaths } from "../sandbox/node/spec";
import { sandboxFolder } from "../sandbox/lifecycle/registry";

/** The sandbox that a stack makes when nothing else is configured. */
const kubeconfig = nodePaths(sandboxFolder("plano-demo")).kubeconfig;

// Who has no cluster of their own means the sandbox.
if (process.env.KUBECONFIG === undefined && !existsSync(join(homedir(), ".kube", "config")) && existsSync(kubeconfig)) {
  process.env.KUBECONFIG = kubeconfig;
}

// The verifier's own command line prints and exits by itself.
require("../verify/cli");
