/** The name of an HTTP header (an RFC 9110 token). */
export const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

const ofEveryRequest =
  /^(traceparent|host|connection|keep-alive|upgrade|te|trailer|expect|content-(type|length)|transfer-encoding)$/i;

/** Whether every request to a gateway sets it itself, or it belongs to HTTP. */
export const isOfEveryRequest = (name: string): boolean => ofEveryRequest.test(name);

/**
 * What of a header `authorization` is secret, the longest first: all that comes after the scheme, each part and the value of
 * each parameter, as they are and as a URL has them. Parts of a few letters stand in many words, and are left.
 */
export function secretsIn(authorization: string): readonly string[] {
  const credentials = authorization.trim().replace(/^\S+ +/, "");
  const parts = credentials.split(/[\s,;"]+/);
  const values = parts.map((part) => part.replace(/^[\w-]+=(?=[^=])/, ""));
  const all = [credentials, ...[...parts, ...values].filter(({ length }) => length > 4)];
  return [...new Set(all.flatMap((it) => [it, encodeURIComponent(it)]))].sort((a, b) => b.length - a.length);
}

/** A text of somebody who was told secrets and may repeat them. */
export function masked(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => (secret === "" ? rest : rest.replaceAll(secret, "…")), text);
}

/** Whether it has a meaning for Plano or HTTP, so that it cannot name a tenant. */
export const isReservedHeader = (name: string): boolean =>
  isOfEveryRequest(name) || /^x-(model-affinity|plano-cache)$/i.test(name);
