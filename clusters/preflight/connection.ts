import { CredentialsError, KubernetesError, Refusal, Unreachable } from "../../lib/kubernetes/errors";
import type { Kubeconfig } from "../../lib/kubernetes/kubeconfig";
import { type Finding, obstacle } from "./finding";

/** What is wrong with a certificate, by Node.js' code. */
const certificates: readonly (readonly [RegExp, string])[] = [
  [/^CERT_HAS_EXPIRED$/, "has expired"],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, "is for another name"],
  [
    /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(GET|VERIFY)_\w+)$/,
    "is not signed by the authority that the kubeconfig trusts",
  ],
];

/** Why a cluster could not be asked, and what to do. */
export function connectionFinding(error: unknown, { context, server }: Pick<Kubeconfig, "context" | "server">): Finding {
  const check = `\`kubectl --context ${context} get namespaces\` should answer first`;
  const renew = `write the context ${context} anew; ${check}`;
  if (error instanceof CredentialsError)
    return obstacle("credentials", error.message, `install what is missing, or log in again; ${check}`);
  if (error instanceof Refusal) return refusal(error, server, check);
  if (!(error instanceof Unreachable)) {
    const remedy = error instanceof KubernetesError ? `is ${server} a Kubernetes API server? ${check}` : check;
    return obstacle("cluster", oneLine(error instanceof Error ? error.message : String(error)), remedy);
  }
  const { code = "" } = (error.cause ?? {}) as NodeJS.ErrnoException;
  const certificate = certificates.find(([pattern]) => pattern.test(code));
  if (certificate !== undefined)
    return obstacle("cluster", `the certificate of ${server} ${certificate[1]}; the cluster may have been made anew`, renew);
  // A client certificate that has expired ends the handshake with an alert.
  if (/^ERR_SSL_\w*(ALERT|CERTIFICATE)/.test(code))
    return obstacle("credentials", `${server} refused the client certificate (${code})`, renew);
  const why = /^(ENOTFOUND|EAI_AGAIN)$/.test(code) ? "host name not found" : oneLine(error.why);
  const remedy = `start the cluster, or choose another: pulumi config set context … (is a VPN or a proxy needed?); ${check}`;
  return obstacle("cluster", `${server} of the context ${context} cannot be reached: ${why}`, remedy);
}

function refusal({ status, message }: Refusal, server: string, check: string): Finding {
  if (status === 401) {
    const reason = `${server} does not accept the credentials (401); they may have expired`;
    return obstacle("credentials", reason, `log in again; ${check}`);
  }
  if (status === 403)
    return obstacle("credentials", `${server} lets this account do nothing (403): ${oneLine(message)}`, `log in; ${check}`);
  return obstacle("cluster", `${server} answers ${status}: ${oneLine(message)}`, `is it a Kubernetes API server? ${check}`);
}

function oneLine(text: string): string {
  return (text.trim().split("\n")[0] ?? "").slice(0, 200);
}
