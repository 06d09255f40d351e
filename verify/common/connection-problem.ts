import { oneLine, reasonOf } from "./errors";

const problems: readonly (readonly [code: RegExp, problem: string])[] = [
  [/^ECONNREFUSED$/, "connection refused"],
  [/^(ECONNRESET|EPIPE)$/, "connection reset"],
  [/^(ENOTFOUND|EAI_AGAIN)$/, "host name not found"],
  [/^(EHOSTUNREACH|ENETUNREACH)$/, "host not reachable"],
  [/^(EPROTO|ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG))$/, "it does not speak TLS"],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, "its certificate is for another name"],
  [/^CERT_HAS_EXPIRED$/, "its certificate has expired"],
  [
    /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(GET|VERIFY)_\w+)$/,
    "its certificate is not trusted: name its authority's file in NODE_EXTRA_CA_CERTS",
  ],
  [/^HPE_HEADER_OVERFLOW$/, "the headers of the answer are too long"],
  [/^HPE_/, "it does not speak HTTP"],
];

/** Why a connection failed, without its subject: "connection refused". What is not known is the error's own message. */
export function connectionProblem(error: unknown): string {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  if (typeof code !== "string" || code === "") return reasonOf(error);
  // OpenSSL's words for what the server says, which speaks TLS then: `tlsv13 alert certificate required`.
  const alert = /EPROTO|^ERR_SSL_/.test(code) ? /\balert ([a-z ]+)/.exec(reasonOf(error))?.[1] : undefined;
  if (alert === "certificate required") return "it wants a client certificate, and none can be given";
  if (alert !== undefined)
    return `it refused the TLS handshake (${alert})${alert === "handshake failure" ? ": does it want a client certificate?" : ""}`;
  const known = problems.find(([pattern]) => pattern.test(code));
  return known?.[1] ?? `${oneLine(reasonOf(error), 120)} (${code})`;
}
