import { CredentialsError, Refusal } from "../../lib/kubernetes/errors";
import type { Kubeconfig } from "../../lib/kubernetes/kubeconfig";
import { type Finding, obstacle } from "./finding";

/** Why a cluster could not be asked, and what to do. */
export function connectionFinding(error: unknown, { context, server }: Pick<Kubeconfig, "context" | "server">): Finding {
  const check = `\`kubectl --context ${context} get namespaces\` should answer first`;
  const [said = ""] = (error instanceof Error ? error.message : String(error)).trim().split("\n");
  const reason = error instanceof Refusal ? `${server} answers ${error.status}: ${said.slice(0, 200)}` : said.slice(0, 300);
  if (error instanceof CredentialsError || (error instanceof Refusal && [401, 403].includes(error.status)))
    return obstacle("credentials", reason, `log in again, or write the context ${context} anew; ${check}`);
  const remedy = `start the cluster, write the context ${context} anew, or choose another: pulumi config set context …; ${check}`;
  return obstacle("cluster", reason, remedy);
}
