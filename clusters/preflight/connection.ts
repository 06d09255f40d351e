import { ApiRefusal, CredentialProgramError, NoAnswer } from "./api";
import { type Finding, obstacle } from "./finding";

/** Where a connection was tried. */
export interface Attempt {
  readonly context: string;
  readonly server: string;
}

/** Node.js' codes of certificates that cannot be checked. */
const untrusted = /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(GET|VERIFY)_\w+)$/;

/** Why a cluster could not even be asked, and what to do. */
export function connectionFinding(error: unknown, { context, server }: Attempt): Finding {
  const check = `\`kubectl --context ${context} get namespaces\` should answer first`;
  if (error instanceof CredentialProgramError) {
    return error.missing
      ? obstacle(
          "credentials",
          `the kubeconfig gets its credentials from the program ${error.program}, which is not installed`,
          `install ${error.program}, or put it on PATH; ${check}`,
        )
      : obstacle(
          "credentials",
          `the program ${error.program} gave no credentials: ${oneLine(error.message)}`,
          `log in again; ${check}`,
        );
  }
  if (error instanceof NoAnswer)
    return obstacle("cluster", `${error.message} (${server})`, `is a VPN or a proxy needed? ${check}`);
  if (error instanceof ApiRefusal) return refusal(error, server, check);
  const { code = "", syscall = "", path = "" } = error as NodeJS.ErrnoException;
  if (code === "ENOENT" && path !== "")
    return obstacle(
      "context",
      `the file ${path} that the kubeconfig names is not there`,
      `write the context ${context} anew; ${check}`,
    );
  if (untrusted.test(code) || code === "CERT_HAS_EXPIRED" || code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    const what =
      code === "CERT_HAS_EXPIRED"
        ? "has expired"
        : code === "ERR_TLS_CERT_ALTNAME_INVALID"
          ? "is for another name"
          : "is not signed by the authority that the kubeconfig trusts";
    return obstacle(
      "cluster",
      `the certificate of ${server} ${what}; the cluster may have been made anew`,
      `write the context ${context} anew; ${check}`,
    );
  }
  // A client certificate that has expired ends the handshake with an alert.
  if (/^ERR_SSL_\w*(ALERT|CERTIFICATE)/.test(code))
    return obstacle(
      "credentials",
      `${server} refused the client certificate (${code})`,
      `write the context ${context} anew; ${check}`,
    );
  const why = { ECONNREFUSED: "connection refused", ENOTFOUND: "host name not found", EAI_AGAIN: "host name not found" }[code];
  const text = why ?? (oneLine(error instanceof Error ? error.message : String(error)) || `${syscall} ${code}`.trim());
  return obstacle(
    "cluster",
    `${server} of the context ${context} cannot be reached: ${text}`,
    `start the cluster, or choose another: pulumi config set context …; ${check}`,
  );
}

function refusal({ status, message }: ApiRefusal, server: string, check: string): Finding {
  if (status === 401)
    return obstacle(
      "credentials",
      `${server} does not accept the credentials (401); they may have expired`,
      `log in again; ${check}`,
    );
  if (status === 403)
    return obstacle("credentials", `${server} lets this account do nothing (403): ${oneLine(message)}`, `log in; ${check}`);
  return obstacle("cluster", `${server} answers ${status}: ${oneLine(message)}`, `is it a Kubernetes API server? ${check}`);
}

function oneLine(text: string): string {
  return (text.trim().split("\n")[0] ?? "").slice(0, 200);
}
