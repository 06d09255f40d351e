/** The name of an HTTP header (an RFC 9110 token). */
export const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Headers that every request to the gateway sets itself, or that belong to HTTP: none of them can name a tenant. */
const reserved =
  /^(x-model-affinity|x-plano-cache|traceparent|host|connection|keep-alive|upgrade|te|trailer|expect|content-(type|length)|transfer-encoding)$/i;

export const isReservedHeader = (name: string): boolean => reserved.test(name);
