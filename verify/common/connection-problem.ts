import { oneLine, reasonOf } from "./errors";

/** Node.js' codes of certificates that cannot be checked. */
const untrusted = /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(GET|VERIFY)_\w+)$/;

/**
 * Why a connection failed, as a sentence without its subject's name: "connection refused", "host name not found", …
 * Whatever it does not know is the error's own message, in one line.
 */
export function connectionProblem(error: unknown): string {
  const code = codeOf(error);
  switch (code) {
    case "ECONNREFUSED":
      return "connection refused";
    case "ECONNRESET":
    case "EPIPE":
      return "connection reset";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "host name not found";
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return "host not reachable";
    case "EPROTO":
      return "it does not speak TLS";
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return "its certificate is for another name";
    case "CERT_HAS_EXPIRED":
      return "its certificate has expired";
    case "HPE_HEADER_OVERFLOW":
      return "the headers of the answer are too long";
  }
  if (code.startsWith("HPE_")) return "it does not speak HTTP";
  if (untrusted.test(code)) return "its certificate is not trusted: name its authority's file in NODE_EXTRA_CA_CERTS";
  return code === "" ? reasonOf(error) : `${oneLine(reasonOf(error), 120)} (${code})`;
}

function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === "string" ? code : "";
}
